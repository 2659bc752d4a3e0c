//! Sealing and opening with the keys of two parties, and GnuPG on the same bytes.

use std::fs::File;
use std::io::Seek;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::ensure;
use bankferry::clock::Clock;
use bankferry::seal::{self, Algorithm, Keys, Policy, Role};

use super::Job;
use super::measure::{Measured, measure};

/// Two parties that know each other's keys: ours, the bank's.
fn parties(job: &Job, at: SystemTime) -> anyhow::Result<(Keys, Keys)> {
    let party = |name: &str| -> anyhow::Result<Keys> {
        let dir = job.dir.join(name);
        std::fs::create_dir(&dir)?;
        let mut keys = Keys::open(&dir)?;
        keys.generate(Role::Both, name, Algorithm::Rsa3072, 365, at)?;
        Ok(keys)
    };
    let (mut ours, mut bank) = (party("ours")?, party("bank")?);
    ours.import_party("bank", bank.export(Role::Both, at)?.as_bytes(), at)?;
    bank.import_party("ours", ours.export(Role::Both, at)?.as_bytes(), at)?;
    Ok((ours, bank))
}

/// A moment at which the keys are a day old.
fn moments() -> (SystemTime, SystemTime) {
    let now = Clock::system().system_time();
    (now - Duration::from_secs(86_400), now)
}

/// Signs and encrypts into a file.
pub fn seal(job: &Job) -> anyhow::Result<Measured> {
    let (made, now) = moments();
    let (ours, _) = parties(job, made)?;
    measure(|| {
        let mut input = File::open(&job.input)?;
        let mut output = tempfile::tempfile_in(&job.dir)?;
        seal::seal(&Policy::default(), &ours, "bank", now, &mut input, &mut output)?;
        Ok((job.rows, input.metadata()?.len()))
    })
}

/// Decrypts and verifies into a file.
pub fn open(job: &Job) -> anyhow::Result<Measured> {
    let (made, now) = moments();
    let (ours, bank) = parties(job, made)?;
    let mut sealed = tempfile::tempfile_in(&job.dir)?;
    seal::seal(&Policy::default(), &ours, "bank", now, &mut File::open(&job.input)?, &mut sealed)?;
    sealed.rewind()?;
    measure(|| {
        let mut output = tempfile::tempfile_in(&job.dir)?;
        let opened = seal::open(&Policy::default(), &bank, "ours", now, &mut sealed, &mut output, u64::MAX)?;
        ensure!(opened.signer.is_some(), "no signature");
        Ok((job.rows, opened.bytes))
    })
}

/// GnuPG, where it is installed; its memory is its own.
pub fn gpg(job: &Job) -> anyhow::Result<Measured> {
    let home = job.dir.join("gnupg");
    std::fs::create_dir(&home)?;
    std::fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    let made = gpg_command(&home).args(["--passphrase", "", "--quick-generate-key", "bench", "rsa3072"]).status();
    let Ok(true) = made.map(|status| status.success()) else {
        return Ok(Measured { note: "skipped: no gpg here".into(), ..Measured::default() });
    };
    // The agent that gpg starts is not waited for.
    let mut key = gpg_command(&home);
    ensure!(
        key.args(["--passphrase", "", "--quick-add-key"])
            .arg(fingerprint(&home)?)
            .args(["rsa3072", "encr"])
            .status()?
            .success()
    );
    let mut measured = measure(|| {
        let output = job.dir.join("sealed.gpg");
        let done = gpg_command(&home)
            .args([
                "--trust-model",
                "always",
                "--compress-algo",
                "none",
                "-r",
                "bench",
                "--sign",
                "--encrypt",
                "--output",
            ])
            .arg(output)
            .arg(&job.input)
            .status()?;
        ensure!(done.success(), "gpg failed");
        Ok((job.rows, std::fs::metadata(&job.input)?.len()))
    })?;
    let stopped = Command::new("gpgconf").env("GNUPGHOME", &home).args(["--kill", "gpg-agent"]).status();
    measured.note = if stopped.is_ok() { String::new() } else { "its agent is left to end by itself".into() };
    (measured.peak, measured.cpu) = (0, Duration::ZERO);
    Ok(measured)
}

fn gpg_command(home: &Path) -> Command {
    let mut gpg = Command::new("gpg");
    gpg.env("GNUPGHOME", home).args(["--batch", "--quiet", "--yes", "--pinentry-mode", "loopback"]);
    gpg.stdout(Stdio::null()).stderr(Stdio::null());
    gpg
}

fn fingerprint(home: &Path) -> anyhow::Result<String> {
    let listed = gpg_command(home).args(["--with-colons", "--list-keys"]).stdout(Stdio::piped()).output()?;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let line = text.lines().find(|line| line.starts_with("fpr:"));
    line.and_then(|line| line.split(':').nth(9)).map(str::to_string).ok_or_else(|| anyhow::anyhow!("no key"))
}
