//! Wheels: checked strictly, laid out as pip does it.
