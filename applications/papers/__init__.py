"""What every paper of ours has (PDF): a hash and a code of its content, programmes laid out, one file written whole."""
