"""Documents that go out and come in (書き出しと読み込み): files, archives, workbooks. All input is hostile."""
