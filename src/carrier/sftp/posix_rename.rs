//! `posix-rename@openssh.com`: the one call that the `ssh2` crate does not offer.
//!
//! The libssh2 inside `libssh2-sys` has it; `ssh2::Sftp` keeps its pointer to itself, so a second SFTP channel is
//! opened on the same session for renames. This is the only unsafe code of the carriers.

use std::ffi::{c_char, c_int};

use libssh2_sys as raw;
use ssh2::{Error, ErrorCode, Session};

unsafe extern "C" {
    /// libssh2's `libssh2_sftp_posix_rename_ex` (libssh2 1.11.1 and later). Returns 0 or a negative error;
    /// `LIBSSH2_ERROR_SFTP_PROTOCOL` means that the status is in `libssh2_sftp_last_error`. Without the extension in
    /// the server's greeting nothing is sent and the status is `LIBSSH2_FX_OP_UNSUPPORTED`.
    fn libssh2_sftp_posix_rename_ex(
        sftp: *mut raw::LIBSSH2_SFTP,
        source: *const c_char,
        source_length: usize,
        target: *const c_char,
        target_length: usize,
    ) -> c_int;
}

/// An SFTP channel that can rename in one step.
pub(super) struct Renamer {
    sftp: *mut raw::LIBSSH2_SFTP,
    session: Session,
}

// SAFETY: the pointer is only used while the session's own lock is held (`Session::raw`), as `ssh2` does itself.
unsafe impl Send for Renamer {}

impl Renamer {
    /// Opens the channel.
    pub fn open(session: &Session) -> Result<Renamer, Error> {
        let sftp = {
            let mut locked = session.raw();
            // SAFETY: the guard holds the session's lock and points to a live session.
            unsafe { raw::libssh2_sftp_init(&mut *locked) }
        };
        if sftp.is_null() {
            return Err(Error::last_session_error(session).unwrap_or_else(Error::unknown));
        }
        Ok(Renamer { sftp, session: session.clone() })
    }

    /// Renames, over an existing file too: the caller has looked before.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        let (rc, status) = {
            let _locked = self.session.raw();
            // SAFETY: `sftp` is live until `drop`, its session is locked, and both names outlive the call, which
            // takes them with their lengths and keeps neither.
            unsafe {
                let (source, target) = (from.as_ptr().cast(), to.as_ptr().cast());
                let rc = libssh2_sftp_posix_rename_ex(self.sftp, source, from.len(), target, to.len());
                (rc, raw::libssh2_sftp_last_error(self.sftp))
            }
        };
        match rc {
            0 => Ok(()),
            raw::LIBSSH2_ERROR_SFTP_PROTOCOL => {
                let status = c_int::try_from(status).unwrap_or(raw::LIBSSH2_FX_FAILURE);
                Err(Error::from_errno(ErrorCode::SFTP(status)))
            }
            rc => Err(Error::from_session_error(&self.session, rc)),
        }
    }
}

impl Drop for Renamer {
    fn drop(&mut self) {
        let _locked = self.session.raw();
        // SAFETY: `sftp` came from `libssh2_sftp_init`, is freed once, and its session, locked here, outlives it.
        unsafe { raw::libssh2_sftp_shutdown(self.sftp) };
    }
}
