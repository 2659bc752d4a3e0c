//! What stands between a file of payments and its bank: asked before the first byte of every attempt leaves, and once
//! more before a file that lies there under its temporary name gets the final one. Time goes by between attempts:
//! approvals lapse, days end, and banks speak of what they have from another hand.

use super::*;
use crate::route::proven;

impl Engine {
    /// Hears what the officers have said since.
    pub(super) fn hear(&mut self) -> Result<(), JournalError> {
        let (facts, _) = self.journal.head()?;
        if self.heard.0 != facts {
            self.heard = (facts, Heard::of(&self.shared.config, &self.journal)?);
        }
        Ok(())
    }

    /// Whether what a party gives may be believed: under a configuration that is confirmed, and by the keys that are
    /// part of it, of which some are read with each file.
    pub(super) fn is_let_read(&self, party: &Party) -> bool {
        let Heard { needed, awaited, .. } = self.heard.1;
        !needed || !awaited && self.shared.config.has_keys_as_read(&party.name)
    }

    /// Whether anything may be sent to a party: to a bank only under a configuration that two officers confirmed, where
    /// the configuration wants that.
    pub(super) fn is_let_to(&mut self, party: &Party) -> Result<bool, JournalError> {
        self.hear()?;
        Ok(!party.is_bank() || !self.heard.1.awaited)
    }

    /// Notes whose file lies here and is about to be read: nothing more is sent to that bank before. Where files waited
    /// for officers, many of them are read at once.
    pub(super) fn note_unread(&mut self, file: &Inbound, now: Timestamp) {
        let Some(party) = self.party(&file.party).filter(|party| party.is_bank()) else { return };
        if matches!(next::inbound(file, party, now), Step::Open | Step::Read) {
            self.unread.insert(file.party.clone());
        }
    }

    /// Whether what was found in a file that came may be stated.
    pub(super) fn may_be_stated(&self, inbound: &str) -> Result<bool, JournalError> {
        let party = self.journal.inbound(inbound)?.and_then(|file| self.party(&file.party));
        Ok(party.is_none_or(|party| self.is_let_read(party)))
    }

    /// What stops a file that waits behind another one, for a person: its approval lapses there and then, and is not
    /// first missed when the file's turn has come.
    pub(super) fn stopped_in_line(&mut self, file: &Outbound, now: Timestamp) -> Result<Option<Entry>, JournalError> {
        for batch in self.journal.carried_by(&file.id)? {
            if let Some(reason) = decide::fallen(&self.journal, &self.shared.config, &batch, Some(file), now)? {
                let mut entry = Entry::default();
                self.stop_in_line(file, reason, &mut entry)?;
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// What stops a file that was released, for a person: it is looked at once more before the first byte leaves.
    pub(super) fn stopped_before_sending(
        &mut self,
        file: &Outbound,
        now: Timestamp,
    ) -> Result<Option<Entry>, JournalError> {
        if file.purpose != Purpose::Payments {
            return Ok(None);
        }
        let mut entry = Entry::default();
        let mut stopped = None;
        for batch in self.journal.carried_by(&file.id)? {
            let erp = self.party(&batch.party).cloned();
            let seen = erp.map(|erp| self.seen_since(&batch, &erp)).transpose()?;
            if let Some(seen) = seen.flatten() {
                entry.push(fact(&batch.inbound, &batch.id, duplicates::event(&seen, Verdict::Hold)));
                stopped = Some(elsewhere::ALIKE);
            }
            let fallen = decide::fallen(&self.journal, &self.shared.config, &batch, Some(file), now)?;
            stopped = stopped.or(fallen);
        }
        if stopped.is_none() && !proven::may_leave(&self.journal, file)? {
            stopped = Some(proven::REASON);
        }
        let Some(reason) = stopped else { return Ok(None) };
        self.stop_in_line(file, reason, &mut entry)?;
        Ok(Some(entry))
    }

    /// A file stops in line until a person lets it go, and its ERPs are told.
    pub(super) fn stop_in_line(
        &mut self,
        file: &Outbound,
        reason: &str,
        entry: &mut Entry,
    ) -> Result<(), JournalError> {
        entry.push(stop(file, reason));
        let before = stops(&self.journal, file)?.len() as u64;
        self.tell_of_line(file, before + 1, entry)
    }

    /// A file that its party cannot have is in line again: what keeps it from leaving now is asked like the first time,
    /// and people can take it back.
    pub(super) fn in_line_again(
        &mut self,
        party: &Party,
        file: &Outbound,
        temporary: Seen,
    ) -> Result<Entry, JournalError> {
        let mut entry = Entry::of(fact(&file.case, &file.id, Event::Queued { not_before: file.not_before.clone() }));
        // Its next attempt removes it too, but there may be none.
        if let Seen::Bytes(_) = temporary {
            let leftover = leftover_subject(&file.id);
            entry.then.push((party.name.clone(), leftover, Job::Sweep(Box::new(file.clone()))));
        }
        if self.is_spoken_of(file)? {
            for batch in self.journal.carried_by(&file.id)? {
                let findings = vec![elsewhere::not_ours()];
                entry.push(fact(&batch.inbound, &batch.id, Event::Noticed { findings }));
            }
            self.stop_in_line(file, elsewhere::REASON, &mut entry)?;
        }
        Ok(entry)
    }

    /// What keeps a file that lies at its party under its temporary name from getting the final one.
    pub(super) fn stopped_before_its_name(
        &mut self,
        party: &Party,
        file: &Outbound,
    ) -> Result<Option<Entry>, JournalError> {
        if file.purpose != Purpose::Payments {
            return Ok(None);
        }
        let (now, name) = (self.now(), &party.name);
        if self.is_spoken_of(file)? {
            let seen = text!(
                "the bank speaks of its payments, and it lies there under its temporary name yet: another hand may \
                 have sent it",
                "银行已提及其中的付款，而文件仍以临时文件名存放：可能已由他人发送"
            );
            return Ok(Some(Entry::of(fact(&file.case, &file.id, Event::Unknown(seen.into())))));
        }
        let later = match next::window(file, party, now) {
            Ok(at) if at > now => Some(text!(
                "all of it lies at `{name}` under its temporary name, and `{name}` takes nothing now",
                "文件已全部以临时文件名存放于 `{name}`，而 `{name}` 此时不收文件"
            )),
            Err(error) => Some(Trouble::from(error).what),
            Ok(_) if !self.is_let_to(party)? => Some(officers::words()),
            Ok(_) => None,
        };
        if let Some(what) = later {
            let trouble = Trouble::new(what, Remedy::Wait);
            let event = failure(&trouble, next_try(file.failures, Remedy::Wait, now));
            return Ok(Some(Entry::of(fact(&file.case, &file.id, event))));
        }
        if self.elsewhere.fences(&self.shared, &mut self.journal)? {
            return Ok(Some(Entry::default()));
        }
        self.stopped_before_sending(file, now)
    }

    /// Whether the bank has spoken of payments of a file of which it has nothing from here.
    fn is_spoken_of(&self, file: &Outbound) -> Result<bool, JournalError> {
        if file.purpose != Purpose::Payments {
            return Ok(false);
        }
        let filter = PaymentFilter { outbound: Some(file.id.clone()), ..PaymentFilter::default() };
        let usual = file.state.of_payments();
        Ok(self.journal.payment_states(&filter)?.keys().any(|state| state != usual.word()))
    }
}
