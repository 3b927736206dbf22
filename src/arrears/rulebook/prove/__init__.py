"""The third reading of the rules: compiled to Z3, they are proved for every possible act."""
