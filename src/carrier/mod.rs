//! Carriers: move files between our folders and a party.
