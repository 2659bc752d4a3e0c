//! The fields of payments by the names that people know them by, and the texts in them.

use serde::{Deserialize, Serialize};

use super::rules::{Length, Unit};
use crate::document::{Address, Group, Method, Payment, Payments};

/// Declares the fields: variant, name, longest text in ISO 20022 characters.
macro_rules! fields {
    ($($variant:ident $name:literal $most:literal $doc:literal)*) => {
        /// A field of payments, named as in our own CSV shape.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Field {
            $(
                #[doc = $doc]
                #[serde(rename = $name)]
                $variant,
            )*
        }

        impl Field {
            /// The name, such as `creditor_account`.
            pub fn name(self) -> &'static str {
                match self { $(Field::$variant => $name,)* }
            }

            /// The longest text that ISO 20022 (pain.001, pain.008) has room for.
            pub fn iso_length(self) -> Length {
                let most = match self { $(Field::$variant => $most,)* };
                Length { most, unit: Unit::Chars }
            }
        }
    };
}

fields! {
    MessageId "message_id" 35 "Id of the file's message."
    InitiatingParty "initiating_party" 140 "Who asks for the payments."
    PaymentInformationId "payment_information_id" 35 "Id of the group."
    ExecutionDate "execution_date" 10 "Requested execution date."
    DebtorName "debtor_name" 140 "Name of the one who pays."
    DebtorAccount "debtor_account" 34 "Account of the one who pays."
    DebtorAgent "debtor_agent" 35 "Bank of the one who pays."
    DebtorBank "debtor_bank" 140 "Name of the bank of the one who pays."
    CreditorName "creditor_name" 140 "Name of the one who is paid."
    CreditorAccount "creditor_account" 34 "Account of the one who is paid."
    CreditorAgent "creditor_agent" 35 "Bank of the one who is paid: BIC, CNAPS or clearing number."
    CreditorBank "creditor_bank" 140 "Name of the bank of the one who is paid."
    Amount "amount" 24 "Amount."
    Currency "currency" 3 "Currency."
    EndToEndId "end_to_end_id" 35 "End-to-end id."
    InstructionId "instruction_id" 35 "Instruction id."
    Remittance "remittance" 140 "One line of text for the counterparty."
    StructuredReference "structured_reference" 35 "Creditor's reference."
    Purpose "purpose" 35 "Purpose code or words."
    Category "category" 35 "Category purpose."
    ChargeBearer "charge_bearer" 4 "Who bears the charges."
    ServiceLevel "service_level" 35 "Service level, of the payment or of its group."
    LocalInstrument "local_instrument" 35 "Local instrument, of the payment or of its group."
    SequenceType "sequence_type" 35 "Sequence type of a direct debit."
    CreditorId "creditor_scheme_id" 35 "Creditor identifier of direct debits: ours."
    MandateId "mandate_id" 35 "Mandate of a direct debit."
    MandateDate "mandate_date" 10 "Day on which the mandate was signed."
    Street "street" 70 "Street of the counterparty."
    Building "building" 16 "House number of the counterparty."
    PostCode "post_code" 16 "Postal code of the counterparty."
    Town "town" 35 "Town of the counterparty."
    State "state" 35 "State or province of the counterparty."
    Country "country" 2 "ISO 3166 code of the counterparty's country."
    AddressLine "address_line" 70 "One unstructured line of the counterparty's address."
}

/// The names of one side's fields.
pub(super) struct Side {
    pub name: Field,
    pub account: Field,
    pub agent: Field,
    pub bank: Field,
}

const DEBTOR: Side =
    Side { name: Field::DebtorName, account: Field::DebtorAccount, agent: Field::DebtorAgent, bank: Field::DebtorBank };
const CREDITOR: Side = Side {
    name: Field::CreditorName,
    account: Field::CreditorAccount,
    agent: Field::CreditorAgent,
    bank: Field::CreditorBank,
};

/// Our side: the debtor of transfers, the creditor of direct debits.
pub(super) fn ours(method: Method) -> &'static Side {
    if method == Method::Transfer { &DEBTOR } else { &CREDITOR }
}

/// The counterparty's side.
pub(super) fn theirs(method: Method) -> &'static Side {
    if method == Method::Transfer { &CREDITOR } else { &DEBTOR }
}

/// What a payment says beside its group, by the keys that hold it.
const EXTRAS: [(Field, &str); 4] = [
    (Field::ServiceLevel, "x_service_level"),
    (Field::LocalInstrument, "x_local_instrument"),
    (Field::SequenceType, "x_sequence_type"),
    (Field::CreditorId, "x_creditor_scheme_id"),
];

/// Shows every text of a payment that leaves for the bank. What only our own shapes carry (other `x_…`) is
/// left to the layout that writes it.
pub(super) fn payment_texts(payment: &Payment, method: Method, see: &mut dyn FnMut(Field, &str)) {
    let (side, other) = (theirs(method), &payment.counterparty);
    let single = [
        (Field::EndToEndId, &payment.end_to_end_id),
        (Field::InstructionId, &payment.instruction_id),
        (side.name, &other.name),
        (side.agent, &other.agent),
        (side.bank, &other.agent_name),
        (Field::StructuredReference, &payment.structured_reference),
        (Field::Purpose, &payment.purpose),
        (Field::Category, &payment.category_purpose),
        (Field::ChargeBearer, &payment.charge_bearer),
        (Field::MandateId, &payment.mandate_id),
    ];
    for (field, text) in single {
        see_some(field, text, see);
    }
    for (field, key) in EXTRAS {
        if let Some(text) = payment.extra.get(key) {
            see(field, text);
        }
    }
    if let Some(account) = &other.account {
        see(side.account, account.as_str());
    }
    payment.remittance.iter().for_each(|line| see(Field::Remittance, line));
    address_texts(&other.address, see);
}

fn address_texts(address: &Address, see: &mut dyn FnMut(Field, &str)) {
    let single = [
        (Field::Street, &address.street),
        (Field::Building, &address.building),
        (Field::PostCode, &address.post_code),
        (Field::Town, &address.town),
        (Field::State, &address.state),
        (Field::Country, &address.country),
    ];
    for (field, text) in single {
        see_some(field, text, see);
    }
    address.lines.iter().for_each(|line| see(Field::AddressLine, line));
}

/// Shows every text of a group.
pub(super) fn group_texts(group: &Group, see: &mut dyn FnMut(Field, &str)) {
    let side = ours(group.method);
    see_some(Field::PaymentInformationId, &group.id, see);
    see_some(side.name, &group.party.name, see);
    see_some(side.agent, &group.agent, see);
    see_some(Field::Category, &group.category_purpose, see);
    see_some(Field::ServiceLevel, &group.service_level, see);
    see_some(Field::LocalInstrument, &group.local_instrument, see);
    see_some(Field::SequenceType, &group.sequence_type, see);
    see_some(Field::ChargeBearer, &group.charge_bearer, see);
    if group.method == Method::DirectDebit {
        see_some(Field::CreditorId, &group.party.id, see);
    }
    if let Some(account) = &group.account {
        see(side.account, account.id.as_str());
    }
}

/// Shows every text of a document's head.
pub(super) fn head_texts(head: &Payments, see: &mut dyn FnMut(Field, &str)) {
    see_some(Field::MessageId, &head.message_id, see);
    see_some(Field::InitiatingParty, &head.initiating_party, see);
}

fn see_some(field: Field, text: &Option<String>, see: &mut dyn FnMut(Field, &str)) {
    if let Some(text) = text {
        see(field, text);
    }
}
