//! The steps of which a history is made.

use bankferry::sandbox::bank::FaultKind;
use proptest::prelude::*;

/// What the bank does with a payment, steered by its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    Booked,
    Rejected,
    Returned,
    Pending,
    Unlisted,
}

impl Fate {
    /// The word in the payment's text that steers the practice bank.
    pub fn word(self) -> &'static str {
        match self {
            Fate::Booked => "Invoice",
            Fate::Rejected => "ERRAC06RJCT",
            Fate::Returned => "ERRAC04RTRN",
            Fate::Pending => "ERRAM04PDNG",
            Fate::Unlisted => "ERRZZ99UNKN",
        }
    }

    /// Whether the account moves for it.
    pub fn moves_money(self) -> bool {
        matches!(self, Fate::Booked | Fate::Returned)
    }
}

/// A payment of a history: what becomes of it, and its amount in cents.
pub type Asked = (Fate, i64);

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// An ERP drops a batch for a bank.
    Drop { erp: usize, bank: usize, payments: Vec<Asked> },
    /// An ERP drops the content of an earlier batch under another name.
    DropAgain { erp: usize, which: usize },
    /// An ERP drops what nobody can read, or a batch that a rule refuses.
    DropBroken { erp: usize, rule: bool },
    /// The program runs once.
    Once,
    /// The program runs once and is killed at the n-th point that it passes.
    Killed(u64),
    /// The program is killed when it has published a file and has not said so. The bank takes it, or somebody at the
    /// bank removes it.
    Cut { taken: bool },
    /// A bank takes files and answers what is due.
    Tick(usize),
    /// A bank makes its statements.
    EndOfDay(usize),
    /// Minutes pass.
    Pass(i64),
    /// People decide this or, where nothing is there to be decided so, the next that can be.
    People(Decision),
    /// From now on a bank's answers go wrong, or all is well again.
    Answers { bank: usize, fault: Option<FaultKind> },
    /// A bank's folder cannot be reached, or can be again.
    Reach { bank: usize, gone: bool },
    /// An ERP takes what is there for it.
    Take(usize),
}

/// What people decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Lets what is held go.
    Release,
    /// Refuses what is held.
    Refuse,
    /// Takes back what is held.
    Cancel,
    /// Takes back files that have not left, and resends that have not.
    CancelFile,
    /// Lets a duplicate in.
    Admit,
    /// Ends the doubt of files.
    Resolve,
    /// Ends the doubt of payments, by two people.
    ResolvePayment,
    /// Has a file sent once more, by two people.
    Resend,
    /// Takes the matches of entries back, by two people.
    Unmatch,
    /// Tries again what waits for a person.
    Retry,
}

impl Decision {
    /// All of them.
    pub const ALL: [Decision; 10] = [
        Decision::Release,
        Decision::Refuse,
        Decision::Cancel,
        Decision::CancelFile,
        Decision::Admit,
        Decision::Resolve,
        Decision::ResolvePayment,
        Decision::Resend,
        Decision::Unmatch,
        Decision::Retry,
    ];

    /// This one and then all others, in the order of a wheel. That an entry is not its payments nobody says for want of
    /// something else to say.
    pub fn and_others(self) -> impl Iterator<Item = Decision> {
        let at = Decision::ALL.iter().position(|act| *act == self).unwrap_or_default();
        let wheel = Decision::ALL.into_iter().cycle().skip(at).take(Decision::ALL.len());
        wheel.enumerate().filter(|(turn, act)| *turn == 0 || *act != Decision::Unmatch).map(|(_, act)| act)
    }
}

/// The strategy of whole histories.
pub fn histories() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 10..28)
}

fn step() -> impl Strategy<Value = Step> {
    let party = 0..2_usize;
    prop_oneof![
        5 => (party.clone(), party.clone(), payments())
            .prop_map(|(erp, bank, payments)| Step::Drop { erp, bank, payments }),
        1 => (party.clone(), 0..4_usize).prop_map(|(erp, which)| Step::DropAgain { erp, which }),
        1 => (party.clone(), any::<bool>()).prop_map(|(erp, rule)| Step::DropBroken { erp, rule }),
        6 => Just(Step::Once),
        4 => (1..90_u64).prop_map(Step::Killed),
        3 => any::<bool>().prop_map(|taken| Step::Cut { taken }),
        5 => party.clone().prop_map(Step::Tick),
        2 => party.clone().prop_map(Step::EndOfDay),
        3 => prop_oneof![1..10_i64, 60..2_000_i64].prop_map(Step::Pass),
        9 => decision().prop_map(Step::People),
        1 => (party.clone(), fault()).prop_map(|(bank, fault)| Step::Answers { bank, fault }),
        2 => (party.clone(), any::<bool>()).prop_map(|(bank, gone)| Step::Reach { bank, gone }),
        1 => party.prop_map(Step::Take),
    ]
}

fn decision() -> impl Strategy<Value = Decision> {
    prop_oneof![
        2 => Just(Decision::Release),
        1 => Just(Decision::Refuse),
        2 => Just(Decision::Cancel),
        2 => Just(Decision::CancelFile),
        1 => Just(Decision::Admit),
        2 => Just(Decision::Resolve),
        1 => Just(Decision::ResolvePayment),
        3 => Just(Decision::Resend),
        2 => Just(Decision::Unmatch),
        1 => Just(Decision::Retry),
    ]
}

fn payments() -> impl Strategy<Value = Vec<Asked>> {
    let fate = prop_oneof![
        5 => Just(Fate::Booked), 2 => Just(Fate::Rejected), 1 => Just(Fate::Returned),
        1 => Just(Fate::Pending), 1 => Just(Fate::Unlisted),
    ];
    prop::collection::vec((fate, 1..300_000_i64), 1..5)
}

fn fault() -> impl Strategy<Value = Option<FaultKind>> {
    prop_oneof![
        2 => Just(None),
        1 => Just(Some(FaultKind::Lost)),
        1 => Just(Some(FaultKind::Doubled)),
        1 => Just(Some(FaultKind::Late)),
        1 => Just(Some(FaultKind::Truncated)),
        1 => Just(Some(FaultKind::UnknownMessage)),
        1 => Just(Some(FaultKind::Garbage)),
    ]
}
