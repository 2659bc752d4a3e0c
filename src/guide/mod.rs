//! The guide: for the people who live with bankferry.
//!
//! * [`tour`]: one batch from the ERP to the bank and back, step by step.
//! * [`operating`]: the day of the operations staff: what to look at, what to decide.
//! * [`adding_a_bank`]: from a bank's paper to the first file.
//! * [`templates`]: the banks and ERPs that are shipped, every key of a template, every item of a field.
//! * [`formats`]: what is read and written, and the shape of our own CSV.
//! * [`security`]: keys, seals, four eyes, and what is not promised.
//! * [`recovery`]: what happens when something is killed, cut or full, and what a person does.

#[doc = include_str!("tour.md")]
pub mod tour {}

#[doc = include_str!("operating.md")]
pub mod operating {}

#[doc = include_str!("adding_a_bank.md")]
pub mod adding_a_bank {}

#[doc = include_str!("templates.md")]
pub mod templates {
    #[doc = include_str!("templates/keys.md")]
    pub mod keys {}

    #[doc = include_str!("templates/items.md")]
    pub mod items {}
}

#[doc = include_str!("formats.md")]
pub mod formats {
    #[doc = include_str!("formats/own.md")]
    pub mod own {}

    #[doc = include_str!("formats/pain.md")]
    pub mod pain {}

    #[doc = include_str!("formats/camt.md")]
    pub mod camt {}

    #[doc = include_str!("formats/requests.md")]
    pub mod requests {}

    #[doc = include_str!("formats/swift_statements.md")]
    pub mod swift_statements {}

    #[doc = include_str!("formats/mt101.md")]
    pub mod mt101 {}

    #[doc = include_str!("formats/bai2.md")]
    pub mod bai2 {}

    #[doc = include_str!("formats/nacha.md")]
    pub mod nacha {}

    #[doc = include_str!("formats/receipts.md")]
    pub mod receipts {}

    #[doc = include_str!("formats/layouts.md")]
    pub mod layouts {}
}

#[doc = include_str!("security.md")]
pub mod security {
    #[doc = include_str!("security/two_people.md")]
    pub mod two_people {}

    #[doc = include_str!("security/limits.md")]
    pub mod limits {}

    #[doc = include_str!("security/faults.md")]
    pub mod faults {}
}

#[doc = include_str!("recovery.md")]
pub mod recovery {}
