//! `posix-rename@openssh.com` and `statvfs@openssh.com`: the two calls that the `ssh2` crate does not offer.
//!
//! The libssh2 inside `libssh2-sys` has them; `ssh2::Sftp` keeps its pointer to itself, so a second SFTP channel is
//! opened on the same session for them. This is the only unsafe code of the carriers.

use std::ffi::{c_char, c_int, c_ulong};

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

    /// libssh2's `libssh2_sftp_statvfs`. Returns as above; fills `answer` when it returns 0.
    fn libssh2_sftp_statvfs(
        sftp: *mut raw::LIBSSH2_SFTP,
        path: *const c_char,
        path_length: usize,
        answer: *mut raw::LIBSSH2_SFTP_STATVFS,
    ) -> c_int;
}

/// An SFTP channel for what OpenSSH added to the protocol.
pub(super) struct Extensions {
    sftp: *mut raw::LIBSSH2_SFTP,
    session: Session,
}

// SAFETY: the pointer is only used while the session's own lock is held (`Session::raw`), as `ssh2` does itself.
unsafe impl Send for Extensions {}

impl Extensions {
    /// Opens the channel.
    pub fn open(session: &Session) -> Result<Extensions, Error> {
        let sftp = {
            let mut locked = session.raw();
            // SAFETY: the guard holds the session's lock and points to a live session.
            unsafe { raw::libssh2_sftp_init(&mut *locked) }
        };
        if sftp.is_null() {
            return Err(Error::last_session_error(session).unwrap_or_else(Error::unknown));
        }
        Ok(Extensions { sftp, session: session.clone() })
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
        self.answer(rc, status)
    }

    /// Free bytes of the disk that holds `path`.
    pub fn free(&self, path: &str) -> Result<u64, Error> {
        // SAFETY: a C struct of plain numbers, for which zero is a value.
        let mut vfs: raw::LIBSSH2_SFTP_STATVFS = unsafe { std::mem::zeroed() };
        let (rc, status) = {
            let _locked = self.session.raw();
            // SAFETY: as in `rename`; `vfs` is a live place of the type that the call fills.
            unsafe {
                let rc = libssh2_sftp_statvfs(self.sftp, path.as_ptr().cast(), path.len(), &mut vfs);
                (rc, raw::libssh2_sftp_last_error(self.sftp))
            }
        };
        self.answer(rc, status).map(|()| vfs.f_bavail.saturating_mul(vfs.f_frsize))
    }

    /// What a return code and the channel's last status mean.
    fn answer(&self, rc: c_int, status: c_ulong) -> Result<(), Error> {
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

impl Drop for Extensions {
    fn drop(&mut self) {
        let _locked = self.session.raw();
        // SAFETY: `sftp` came from `libssh2_sftp_init`, is freed once, and its session, locked here, outlives it.
        unsafe { raw::libssh2_sftp_shutdown(self.sftp) };
    }
}
