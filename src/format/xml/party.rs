//! Parties, accounts and agents: the building blocks that stand in many places of every message.

use super::message::Context;
use crate::document::{Account, Currency, GroupAccount, Iban, Party};
use crate::format::ReadError;

/// Part of a party.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PartyPart {
    Name,
    Id,
    Street,
    Building,
    PostCode,
    Town,
    State,
    Country,
    Line,
}

/// What is inside a party: `PartyIdentification` of every version.
pub(crate) const PARTY: &[(&str, PartyPart)] = &[
    ("Nm", PartyPart::Name),
    ("PstlAdr/StrtNm", PartyPart::Street),
    ("PstlAdr/BldgNb", PartyPart::Building),
    ("PstlAdr/PstCd", PartyPart::PostCode),
    ("PstlAdr/TwnNm", PartyPart::Town),
    ("PstlAdr/CtrySubDvsn", PartyPart::State),
    ("PstlAdr/Ctry", PartyPart::Country),
    ("PstlAdr/AdrLine", PartyPart::Line),
    ("Id/OrgId/Othr/Id", PartyPart::Id),
    ("Id/PrvtId/Othr/Id", PartyPart::Id),
    ("Id/OrgId/AnyBIC", PartyPart::Id),
    ("Id/OrgId/BICOrBEI", PartyPart::Id),
    ("Id/OrgId/LEI", PartyPart::Id),
    // Versions 01 and 02.
    ("Id/OrgId/BIC", PartyPart::Id),
    ("Id/OrgId/BEI", PartyPart::Id),
    ("Id/OrgId/BkPtyId", PartyPart::Id),
    ("Id/OrgId/TaxIdNb", PartyPart::Id),
    ("Id/OrgId/PrtryId/Id", PartyPart::Id),
    ("Id/PrvtId/CstmrNb", PartyPart::Id),
    ("Id/PrvtId/TaxIdNb", PartyPart::Id),
    ("Id/PrvtId/IdntyCardNb", PartyPart::Id),
    ("Id/PrvtId/OthrId/Id", PartyPart::Id),
];

impl PartyPart {
    /// Puts the element that ended into `party`; of several ids the first stays.
    pub fn put(self, party: &mut Party, cx: &Context<'_>) -> Result<(), ReadError> {
        let address = &mut party.address;
        let place = match self {
            PartyPart::Name => &mut party.name,
            PartyPart::Id => {
                party.id = party.id.take().or_else(|| cx.id());
                return Ok(());
            }
            PartyPart::Street => &mut address.street,
            PartyPart::Building => &mut address.building,
            PartyPart::PostCode => &mut address.post_code,
            PartyPart::Town => &mut address.town,
            PartyPart::State => &mut address.state,
            PartyPart::Country => &mut address.country,
            PartyPart::Line => {
                return cx.words().map_or(Ok(()), |line| cx.hold(&mut address.lines, line));
            }
        };
        *place = cx.words();
        Ok(())
    }
}

/// Part of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AccountPart {
    Number,
    Proxy,
    Kind,
    Currency,
}

/// What is inside an account: `CashAccount` of every version.
pub(crate) const ACCOUNT: &[(&str, AccountPart)] = &[
    ("Id/IBAN", AccountPart::Number),
    ("Id/Othr/Id", AccountPart::Number),
    ("Tp/Prtry", AccountPart::Kind),
    ("Ccy", AccountPart::Currency),
    ("Prxy/Id", AccountPart::Proxy),
    // Versions 01 and 02.
    ("Id/BBAN", AccountPart::Number),
    ("Id/UPIC", AccountPart::Number),
    ("Id/PrtryAcct/Id", AccountPart::Number),
];

/// An account while it is read.
#[derive(Default)]
pub(crate) struct AccountRead {
    number: Option<String>,
    proxy: Option<String>,
    /// Its kind, by the bank's own number.
    pub kind: Option<String>,
    currency: Option<Currency>,
}

impl AccountPart {
    /// Puts the element that ended into `account`.
    pub fn put(self, account: &mut AccountRead, cx: &mut Context<'_>) {
        match self {
            AccountPart::Number => account.number = account.number.take().or_else(|| cx.id()),
            AccountPart::Proxy => account.proxy = cx.id(),
            AccountPart::Kind => account.kind = cx.id(),
            AccountPart::Currency => account.currency = cx.currency_of(cx.word()),
        }
    }
}

impl AccountRead {
    /// The account's number, or the proxy where there is no number.
    pub fn account(self) -> Option<Account> {
        self.number.or(self.proxy).as_deref().and_then(Account::parse)
    }

    /// The same, as the account of a group.
    pub fn group_account(self) -> Option<GroupAccount> {
        let currency = self.currency;
        let id = self.account()?;
        Some(GroupAccount { iban: id.iban().map(|iban| iban.to_string()), id, currency })
    }

    /// The number as written, the IBAN where it is a valid one, and the currency.
    pub fn parts(self) -> (Option<String>, Option<String>, Option<Currency>) {
        let number = self.number.or(self.proxy);
        let iban = number.as_deref().and_then(Iban::parse).map(|iban| iban.to_string());
        (number, iban, self.currency)
    }
}

/// Part of an agent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AgentPart {
    Bic,
    Member,
    Other,
    Name,
    Branch,
    BranchName,
}

/// What is inside an agent: `BranchAndFinancialInstitutionIdentification` of every version.
pub(crate) const AGENT: &[(&str, AgentPart)] = &[
    ("FinInstnId/BICFI", AgentPart::Bic),
    ("FinInstnId/BIC", AgentPart::Bic),
    ("FinInstnId/ClrSysMmbId/MmbId", AgentPart::Member),
    ("FinInstnId/Nm", AgentPart::Name),
    ("FinInstnId/Othr/Id", AgentPart::Other),
    ("FinInstnId/LEI", AgentPart::Other),
    // Versions 01 and 02.
    ("FinInstnId/CmbndId/BIC", AgentPart::Bic),
    ("FinInstnId/CmbndId/ClrSysMmbId/Id", AgentPart::Member),
    ("FinInstnId/CmbndId/Nm", AgentPart::Name),
    ("FinInstnId/NmAndAdr/Nm", AgentPart::Name),
    ("FinInstnId/ClrSysMmbId/Id", AgentPart::Member),
    ("FinInstnId/PrtryId/Id", AgentPart::Other),
    ("BrnchId/Id", AgentPart::Branch),
    ("BrnchId/Nm", AgentPart::BranchName),
];

/// An agent while it is read.
#[derive(Default)]
pub(crate) struct AgentRead {
    bic: Option<String>,
    member: Option<String>,
    other: Option<String>,
    name: Option<String>,
    branch: Option<String>,
    branch_name: Option<String>,
}

impl AgentPart {
    /// Puts the element that ended into `agent`.
    pub fn put(self, agent: &mut AgentRead, cx: &Context<'_>) {
        match self {
            AgentPart::Bic => agent.bic = cx.id(),
            AgentPart::Member => agent.member = cx.id(),
            AgentPart::Other => agent.other = agent.other.take().or_else(|| cx.id()),
            AgentPart::Name => agent.name = cx.words(),
            AgentPart::Branch => agent.branch = cx.id(),
            AgentPart::BranchName => agent.branch_name = cx.words(),
        }
    }
}

impl AgentRead {
    /// BIC, else clearing number, else another id; and the name.
    pub fn parts(self) -> (Option<String>, Option<String>) {
        (self.bic.or(self.member).or(self.other), self.name)
    }

    /// Number and name of the branch, once.
    pub fn branch(&mut self) -> (Option<String>, Option<String>) {
        (self.branch.take(), self.branch_name.take())
    }
}
