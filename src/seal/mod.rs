//! Seal: OpenPGP signing, encrypting, verifying, decrypting; keys by role.
