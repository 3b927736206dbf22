"""Verifies a journal. Needs the standard library and ``cryptography``, nothing else of Arrears.

``bundle.single_file`` joins these modules to the one file that an outsider runs;
``arrears journal verify`` runs the very same code.
"""
