//! Which payments say the same: payer, payee, amount, currency and text. The questions about them, as SQL.

use super::query::earlier;

/// Whether an entry that counts shows the money of payment `p` of batch `b` coming back: one of a day's end, or of
/// another message while there is no statement of that day, which would have to show it too.
const IS_BACK: &str = "EXISTS (SELECT 1 FROM entry_match m
    JOIN statement s ON s.inbound = m.inbound AND s.document = m.document
    JOIN entry e ON e.inbound = m.inbound AND e.document = m.document AND e.seq = m.entry
    WHERE m.payment = p.id AND coalesce(e.status, 'BOOK') = 'BOOK' AND s.replaced_by IS NULL AND s.repeats IS NULL
    AND (e.indicator = 'CRDT') <> b.collects
    AND (s.kind = 'statement' OR NOT EXISTS (SELECT 1 FROM statement d WHERE d.account = s.account
      AND d.kind = 'statement' AND d.replaced_by IS NULL AND d.date >= coalesce(e.booking_date, s.date))))";

/// Whether nobody knows of payment `p` whether it is paid; of one that a bank's word alone returned, too, and of one
/// whose day is over and about which a bank that answers has said nothing.
const IN_DOUBT: &str = "p.state IN ('unknown', 'returned')
    OR p.state IS NULL AND EXISTS (SELECT 1 FROM carried c JOIN outbound o ON o.id = c.outbound
      WHERE c.batch = p.batch AND p.seq BETWEEN c.first AND c.last AND (o.state IN ('unknown', 'unconfirmed')
        OR o.state = 'sent'
          AND julianday(p.execution_date) < julianday((SELECT at FROM fact ORDER BY seq DESC LIMIT 1)) - 1
          AND EXISTS (SELECT 1 FROM outbound a
            WHERE a.party = o.party AND a.purpose = 'payments' AND a.state = 'answered')))";

/// Whether payment `p` had come to another end, and was moved from there near the dates of `h`: whoever was told of
/// that end asks for it anew then, whenever it was to be executed first.
const CAME_BACK: &str = "EXISTS (SELECT 1 FROM payment_change d JOIN fact f ON f.seq = d.fact
      WHERE d.payment = p.id
      AND julianday(f.at) >= julianday(h.early) - ?5 AND julianday(f.at) <= julianday(h.late) + 1 + ?5)
    AND (EXISTS (SELECT 1 FROM payment_change d WHERE d.payment = p.id
        AND d.state IN ('rejected', 'cancelled', 'unknown'))
      OR EXISTS (SELECT 1 FROM carried c JOIN fact f ON f.subject = c.outbound WHERE c.batch = p.batch
        AND p.seq BETWEEN c.first AND c.last AND f.event LIKE '{\"event\":\"resolved\"%'))";

/// How many payments of the batch `?3` say the same as earlier ones that came since `?4`, within `?5` days of
/// execution; with the first batch of these.
pub(super) fn seen_before() -> String {
    // A payment that was taken back, that the bank rejected, or whose money a statement shows coming back, may be
    // asked for again: a bank's word alone that it returned it does not bring the money. The batch's own payments
    // are told by their rows' numbers, from the index alone: a million rows need not be fetched for it.
    let earlier = earlier();
    format!(
        "SELECT min(b.rowid), sum(min(n, seen)), b.id FROM (
               SELECT h.n AS n, count(*) AS seen, min(p.id) AS first FROM (
                 SELECT likeness, count(*) AS n, min(execution_date) AS early, max(execution_date) AS late
                 FROM payment WHERE batch = ?3 AND likeness IS NOT NULL GROUP BY likeness) h
               CROSS JOIN payment l INDEXED BY payment_likeness ON l.likeness = h.likeness AND l.likeness IS NOT NULL
                 AND l.id < (SELECT min(id) FROM payment WHERE batch = ?3)
               CROSS JOIN payment p ON p.id = l.id
               JOIN batch b ON b.id = p.batch JOIN inbound i ON i.id = b.inbound
               WHERE {earlier}
               AND coalesce(p.state, '') NOT IN ('rejected', 'refused', 'cancelled')
               AND NOT (coalesce(p.state, '') = 'returned' AND {IS_BACK})
               AND (p.state IS NOT NULL OR NOT EXISTS (
                 SELECT 1 FROM carried c JOIN outbound o ON o.id = c.outbound WHERE c.batch = p.batch
                 AND p.seq BETWEEN c.first AND c.last AND o.state = 'cancelled'))
               AND (p.execution_date IS NULL OR h.early IS NULL OR (
                 julianday(p.execution_date) >= julianday(h.early) - ?5
                 AND julianday(p.execution_date) <= julianday(h.late) + ?5) OR {IN_DOUBT} OR {CAME_BACK})
               GROUP BY h.likeness) found
             JOIN payment p ON p.id = found.first JOIN batch b ON b.id = p.batch"
    )
}

/// The first later batch that was let go and asks for payments of the batch `?1` too, within `?2` days of execution.
pub(super) const LET_GO_LATER: &str = "SELECT l.batch, count(DISTINCT p.id) FROM payment p
    CROSS JOIN payment l INDEXED BY payment_likeness ON l.likeness = p.likeness AND l.likeness IS NOT NULL
      AND l.id > p.id
    JOIN batch b ON b.id = l.batch
    WHERE p.batch = ?1 AND b.id <> ?1 AND b.state IN ('released', 'numbered')
    AND coalesce(l.state, '') NOT IN ('rejected', 'refused', 'cancelled')
    AND NOT EXISTS (SELECT 1 FROM carried c JOIN outbound o ON o.id = c.outbound
      WHERE c.batch = l.batch AND l.seq BETWEEN c.first AND c.last AND o.state = 'cancelled')
    AND (p.execution_date IS NULL OR l.execution_date IS NULL
      OR abs(julianday(p.execution_date) - julianday(l.execution_date)) <= ?2)
    GROUP BY l.batch ORDER BY min(l.id) LIMIT 1";

/// Payments of the batch `?1` with the one of another batch that says the same: one that is in doubt, else the nearest;
/// at most `?2`.
pub(super) const ALIKE: &str = "SELECT id, other FROM (
    SELECT p.id AS id, (SELECT l.id FROM payment l JOIN batch b ON b.id = l.batch
      WHERE l.likeness = p.likeness AND l.likeness IS NOT NULL AND l.batch <> p.batch
      AND b.state NOT IN ('refused', 'cancelled')
      AND coalesce(l.state, '') NOT IN ('rejected', 'refused', 'cancelled')
      ORDER BY coalesce(l.state, '') IN ('unknown', 'returned') DESC,
        abs(julianday(l.execution_date) - julianday(p.execution_date)), l.id LIMIT 1) AS other
    FROM payment p WHERE p.batch = ?1 AND p.likeness IS NOT NULL)
  WHERE other IS NOT NULL ORDER BY id LIMIT ?2";
