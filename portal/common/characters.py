"""What no text may hold (制御文字): PostgreSQL refuses NUL and half a surrogate pair, PDFs and CSV trip over the rest.

C0 and C1 controls and halves of surrogate pairs; of a text of several lines all but tab and line feed.
"""

import re

NO_CHARACTER = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
NO_CHARACTER_OF_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
