//! The tables, in steps: a new journal takes all of them, an older one those that it has not.

/// What each version adds to the one before it; the number of steps is the version, in `PRAGMA user_version`.
///
/// A step that a release has shipped is never changed; what comes later is a step of its own.
pub(super) const STEPS: &[&str] = &[FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH];

const FIRST: &str = "
CREATE TABLE fact (
  seq INTEGER NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL, kase TEXT NOT NULL, subject TEXT NOT NULL,
  event TEXT NOT NULL, link BLOB NOT NULL, PRIMARY KEY (seq)) STRICT;
CREATE INDEX fact_kase ON fact (kase);
CREATE INDEX fact_subject ON fact (subject);
CREATE TRIGGER fact_is_never_changed BEFORE UPDATE ON fact BEGIN SELECT RAISE(ABORT, 'facts are never changed'); END;
CREATE TRIGGER fact_is_never_removed BEFORE DELETE ON fact BEGIN SELECT RAISE(ABORT, 'facts are never removed'); END;
CREATE TABLE counter (letter TEXT NOT NULL, day TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (letter, day)) STRICT;
CREATE TABLE inbound (
  id TEXT NOT NULL PRIMARY KEY, party TEXT NOT NULL, folder TEXT NOT NULL, name TEXT NOT NULL, claim TEXT NOT NULL,
  lies_at TEXT NOT NULL, state TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, path TEXT NOT NULL,
  cleared INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0, side TEXT NOT NULL, content_sha256 TEXT,
  content_size INTEGER, content_path TEXT, signer TEXT, kind TEXT, format TEXT, note TEXT,
  failures INTEGER NOT NULL, retry_at TEXT, came_at TEXT NOT NULL, since TEXT NOT NULL, UNIQUE (party, claim)) STRICT;
CREATE INDEX inbound_sha256 ON inbound (sha256);
CREATE INDEX inbound_state ON inbound (state);
CREATE INDEX inbound_untold ON inbound (state) WHERE told = 0;
CREATE INDEX inbound_uncleared ON inbound (cleared) WHERE cleared = 0;
CREATE TABLE batch (
  id TEXT NOT NULL PRIMARY KEY, inbound TEXT NOT NULL UNIQUE, party TEXT NOT NULL, bank TEXT NOT NULL,
  name TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, sums TEXT NOT NULL, digest TEXT NOT NULL,
  message_id TEXT, held TEXT NOT NULL, released_by TEXT, since TEXT NOT NULL) STRICT;
CREATE INDEX batch_state ON batch (state);
CREATE TABLE outbound (
  id TEXT NOT NULL PRIMARY KEY, kase TEXT NOT NULL, party TEXT NOT NULL, purpose TEXT NOT NULL, source TEXT NOT NULL,
  document INTEGER NOT NULL, format TEXT NOT NULL, message_id TEXT, created TEXT NOT NULL, folder TEXT NOT NULL,
  name TEXT NOT NULL, totals TEXT, state TEXT NOT NULL, attempt INTEGER NOT NULL, temporary TEXT,
  written_sha256 TEXT, written_size INTEGER, written_path TEXT, sealed_sha256 TEXT, sealed_size INTEGER,
  sealed_path TEXT, not_before TEXT, evidence TEXT, failures INTEGER NOT NULL, retry_at TEXT, since TEXT NOT NULL,
  UNIQUE (party, folder, name)) STRICT;
CREATE INDEX outbound_source ON outbound (source);
CREATE INDEX outbound_state ON outbound (state);
CREATE INDEX outbound_kase ON outbound (kase);
CREATE INDEX outbound_message ON outbound (party, message_id);
CREATE TABLE carried (
  outbound TEXT NOT NULL, batch TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (outbound, batch, first)) STRICT;
CREATE INDEX carried_batch ON carried (batch);
CREATE TABLE payment (
  id INTEGER PRIMARY KEY, batch TEXT NOT NULL, seq INTEGER NOT NULL, end_to_end_id TEXT, amount TEXT NOT NULL,
  currency TEXT NOT NULL, account TEXT, creditor_name TEXT, creditor_account TEXT, grp TEXT, execution_date TEXT,
  state TEXT, bank_status TEXT, reason TEXT) STRICT;
CREATE UNIQUE INDEX payment_seq ON payment (batch, seq);
CREATE INDEX payment_end_to_end ON payment (end_to_end_id);
CREATE INDEX payment_amount ON payment (account,
  (CASE WHEN instr(amount, '.') > 0 THEN rtrim(rtrim(amount, '0'), '.') ELSE amount END));
CREATE TABLE payment_change (
  fact INTEGER NOT NULL, payment INTEGER NOT NULL, state TEXT NOT NULL, bank_status TEXT, reason TEXT) STRICT;
CREATE INDEX payment_change_payment ON payment_change (payment);
CREATE TABLE contact (
  party TEXT NOT NULL PRIMARY KEY, failures INTEGER NOT NULL, retry_at TEXT NOT NULL, note TEXT NOT NULL,
  since TEXT NOT NULL) STRICT;
CREATE TABLE statement (
  inbound TEXT NOT NULL, document INTEGER NOT NULL, kind TEXT NOT NULL, sid TEXT, number TEXT, account TEXT NOT NULL,
  date TEXT, entries INTEGER NOT NULL, matched INTEGER NOT NULL, credit_sum TEXT NOT NULL, debit_sum TEXT NOT NULL,
  balances TEXT NOT NULL, PRIMARY KEY (inbound, document)) STRICT;
CREATE INDEX statement_account ON statement (account);
CREATE TABLE entry_match (
  inbound TEXT NOT NULL, document INTEGER NOT NULL, entry INTEGER NOT NULL, detail INTEGER NOT NULL,
  payment INTEGER NOT NULL, how TEXT NOT NULL, sure TEXT NOT NULL) STRICT;
CREATE INDEX entry_match_statement ON entry_match (inbound, document);
CREATE INDEX entry_match_payment ON entry_match (payment);
";

/// Every entry of every statement with what it is; indexes for looking back over all history.
const SECOND: &str = "
CREATE TABLE entry (
  inbound TEXT NOT NULL, document INTEGER NOT NULL, seq INTEGER NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL,
  indicator TEXT NOT NULL, status TEXT, booking_date TEXT, value_date TEXT, reference TEXT, bank_reference TEXT,
  code TEXT, counterparty_name TEXT, counterparty_account TEXT, info TEXT, state TEXT NOT NULL, why TEXT, how TEXT,
  sure TEXT, rest TEXT NOT NULL, PRIMARY KEY (inbound, document, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX entry_unmatched ON entry (inbound, document, seq) WHERE state = 'unmatched';
CREATE INDEX entry_match_entry ON entry_match (inbound, document, entry);
CREATE INDEX statement_date ON statement (account, date);
CREATE INDEX batch_message ON batch (party, message_id);
CREATE INDEX batch_totals ON batch (bank, count);
CREATE INDEX inbound_name ON inbound (party, name);
ALTER TABLE outbound ADD COLUMN resends INTEGER NOT NULL DEFAULT 0;
CREATE TABLE proposal (
  fact INTEGER NOT NULL PRIMARY KEY, subject TEXT NOT NULL, kase TEXT NOT NULL, what TEXT NOT NULL,
  digest TEXT NOT NULL, reason TEXT NOT NULL, reference TEXT, proposed_by TEXT NOT NULL, proposed_at TEXT NOT NULL,
  expires TEXT NOT NULL, approved_by TEXT, approved_at TEXT, used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX proposal_subject ON proposal (subject);
CREATE INDEX proposal_open ON proposal (expires) WHERE approved_by IS NULL;
CREATE INDEX batch_day ON batch (party, since);
ALTER TABLE payment ADD COLUMN likeness INTEGER;
CREATE INDEX payment_likeness ON payment (likeness) WHERE likeness IS NOT NULL;
ALTER TABLE inbound ADD COLUMN vouched TEXT;
ALTER TABLE inbound ADD COLUMN mac_key TEXT;
ALTER TABLE inbound ADD COLUMN mac_counter INTEGER;
CREATE UNIQUE INDEX inbound_mac ON inbound (party, mac_key, mac_counter) WHERE mac_counter IS NOT NULL;
CREATE TABLE standing (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), installation TEXT NOT NULL, machine TEXT NOT NULL,
  epoch INTEGER NOT NULL, last_publishing INTEGER NOT NULL DEFAULT 0, fenced TEXT, fenced_zh TEXT, fenced_at TEXT,
  proposed_by TEXT, proposed_reason TEXT) STRICT;
CREATE TABLE alarm (
  id TEXT NOT NULL PRIMARY KEY, key TEXT NOT NULL, party TEXT NOT NULL, what TEXT NOT NULL, money TEXT NOT NULL,
  hint TEXT NOT NULL, raised_at TEXT NOT NULL, cleared_at TEXT) STRICT;
CREATE UNIQUE INDEX alarm_open ON alarm (key) WHERE cleared_at IS NULL;
CREATE TABLE alarm_route (
  alarm TEXT NOT NULL, route TEXT NOT NULL, told_at TEXT, over_told_at TEXT, failures INTEGER NOT NULL,
  retry_at TEXT, note TEXT, PRIMARY KEY (alarm, route)) STRICT;
CREATE TABLE report (
  bank TEXT NOT NULL, number INTEGER NOT NULL, day TEXT NOT NULL, content TEXT NOT NULL, signature TEXT,
  PRIMARY KEY (bank, number)) STRICT;
CREATE UNIQUE INDEX report_day ON report (bank, day);
";

/// What a batch is made of; who was paid before; how far each control report goes, and when it was made; a fence is
/// lifted by a proposal like any other; electronic receipts; statements that a later one takes the place of.
const THIRD: &str = "
ALTER TABLE batch ADD COLUMN makeup TEXT;
ALTER TABLE batch ADD COLUMN collects INTEGER NOT NULL DEFAULT 0;
CREATE TABLE payee (
  party TEXT NOT NULL, creditor TEXT NOT NULL, name TEXT NOT NULL, account TEXT NOT NULL,
  PRIMARY KEY (party, creditor, name, account)) STRICT, WITHOUT ROWID;
CREATE INDEX payee_name ON payee (party, name);
INSERT OR IGNORE INTO payee SELECT b.party, upper(replace(coalesce(p.creditor_account, ''), ' ', '')),
  upper(replace(replace(coalesce(p.creditor_name, ''), ' ', ''), '\u{3000}', '')), coalesce(p.account, '')
  FROM outbound o JOIN carried c ON c.outbound = o.id JOIN batch b ON b.id = c.batch
  JOIN payment p ON p.batch = c.batch AND p.seq BETWEEN c.first AND c.last WHERE o.state IN ('sent', 'answered');
ALTER TABLE standing DROP COLUMN proposed_by;
ALTER TABLE standing DROP COLUMN proposed_reason;
ALTER TABLE report ADD COLUMN until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN made_at TEXT NOT NULL DEFAULT '';
CREATE TABLE receipt (
  inbound TEXT NOT NULL, seq INTEGER NOT NULL, file TEXT NOT NULL, file_type TEXT NOT NULL, sha256 TEXT NOT NULL,
  size INTEGER NOT NULL, path TEXT NOT NULL, receipt_no TEXT, account TEXT, date TEXT, bank_serial TEXT, indicator TEXT,
  amount TEXT, currency TEXT, counterparty_name TEXT, counterparty_account TEXT, end_to_end_id TEXT, verify_code TEXT,
  repeats TEXT, differs_from TEXT, PRIMARY KEY (inbound, seq)) STRICT, WITHOUT ROWID;
ALTER TABLE statement ADD COLUMN digest TEXT;
ALTER TABLE statement ADD COLUMN replaced_by TEXT;
ALTER TABLE statement ADD COLUMN repeats TEXT;
CREATE INDEX receipt_number ON receipt (receipt_no) WHERE receipt_no IS NOT NULL;
";

/// Which files are on their way to a bank that takes one at a time, and past which of them a person let others go;
/// payments that are unknown each by itself are looked for every few seconds.
const FOURTH: &str = "
ALTER TABLE outbound ADD COLUMN freed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbound_on_its_way ON outbound (party, state, id) WHERE purpose = 'payments';
CREATE INDEX payment_unknown ON payment (batch) WHERE state = 'unknown';
";

/// At which bank a payee has its account: a number that says no bank by itself means nothing without it.
const FIFTH: &str = "
ALTER TABLE payment ADD COLUMN creditor_agent TEXT;
ALTER TABLE payment ADD COLUMN payee_bank TEXT;
";

/// A fact's link covers the rows that were added with it, so that all tables can be folded once more and compared; for
/// that, what a later fact changes of an entry or takes away of its matches is kept as it was.
const SIXTH: &str = "
ALTER TABLE fact ADD COLUMN added BLOB;
ALTER TABLE entry_match ADD COLUMN fact INTEGER;
CREATE TABLE entry_match_gone (
  place INTEGER NOT NULL, inbound TEXT NOT NULL, document INTEGER NOT NULL, entry INTEGER NOT NULL,
  detail INTEGER NOT NULL, payment INTEGER NOT NULL, how TEXT NOT NULL, sure TEXT NOT NULL, fact INTEGER,
  gone INTEGER NOT NULL) STRICT;
CREATE INDEX entry_match_gone_statement ON entry_match_gone (inbound, document);
CREATE TABLE entry_before (
  inbound TEXT NOT NULL, document INTEGER NOT NULL, seq INTEGER NOT NULL, fact INTEGER NOT NULL, state TEXT NOT NULL,
  why TEXT, how TEXT, sure TEXT, rest TEXT NOT NULL, PRIMARY KEY (inbound, document, seq, fact)) STRICT, WITHOUT ROWID;
UPDATE OR REPLACE payee SET creditor = replace(replace(creditor, '-', ''), '.', ''),
  name = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name,
    '（', ''), '）', ''), '(', ''), ')', ''), '。', ''), '．', ''), '.', ''), '，', ''), ',', ''), '、', ''), '-', ''),
    '－', ''), '·', '');
";
