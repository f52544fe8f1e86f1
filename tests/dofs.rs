//! The example project, for real: needs the package index.
