//! bankferry.toml: this installation.
