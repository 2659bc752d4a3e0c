//! The elements that the initiation writers write, for people who agree on them: path, kind, length, what they carry.
//!
//! The test beside it holds the table against what is really written.

use super::write::Layout;
use crate::document::{self, Method, SEQUENCE_TYPES};
use crate::format::AddressShape;
use crate::format::scheme::{BesideReference, PaymentTypes, ReferenceForm, Scheme};
use crate::text;
use crate::words::Text;

/// An element of a message that we write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its names from below the message's root, joined by `/`.
    pub path: String,
    /// What its value is.
    pub kind: ElementKind,
    /// The most characters; `None` where the kind says it.
    pub most: Option<usize>,
    /// When it is there.
    pub presence: Presence,
    /// What it carries.
    pub about: Text,
}

/// What an element's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementKind {
    /// An id, account or code of somebody's: as it is, or the file is refused.
    Id,
    /// Words: folded where the dialect says so.
    Words,
    /// One of a list.
    Code(&'static [&'static str]),
    /// An amount with its currency in the attribute `Ccy`: 18 digits, 5 of them decimals.
    Amount,
    /// A sum over all currencies.
    Sum,
    /// A whole number.
    Number,
    /// A day, `YYYY-MM-DD`.
    Day,
    /// A moment with its offset.
    Moment,
    /// `true` or `false`.
    Truth,
}

/// When an element is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always.
    Always,
    /// One of those that stand for the same.
    Choice,
    /// Where the document, or the dialect's default, has a value.
    Optional,
}

use ElementKind::{Amount, Code, Day, Id, Moment, Number, Sum, Truth, Words};
use Presence::{Always, Choice, Optional};

const CHARGE_BEARERS: ElementKind = Code(&document::CHARGE_BEARERS);
const SEQUENCE: ElementKind = Code(&SEQUENCE_TYPES);

/// The elements that a message of this layout is written with.
pub(crate) fn elements(layout: Layout, address: AddressShape, scheme: &Scheme) -> Vec<Element> {
    let mut list = List { layout, address, scheme, elements: Vec::new() };
    list.header();
    list.group();
    list.payment();
    list.elements
}

struct List<'a> {
    layout: Layout,
    address: AddressShape,
    scheme: &'a Scheme,
    elements: Vec<Element>,
}

impl List<'_> {
    fn add(&mut self, path: &str, kind: ElementKind, most: impl Into<Option<usize>>, presence: Presence, about: Text) {
        self.elements.push(Element { path: path.to_string(), kind, most: most.into(), presence, about });
    }

    fn transfer(&self) -> bool {
        self.layout.method == Method::Transfer
    }

    fn header(&mut self) {
        self.add("GrpHdr/MsgId", Id, 35, Always, text!("message id, unique for ever", "报文标识号，永不重复"));
        self.add("GrpHdr/CreDtTm", Moment, None, Always, text!("when the file was made", "文件创建时间"));
        self.add("GrpHdr/NbOfTxs", Number, None, Always, text!("number of payments", "总笔数"));
        self.add("GrpHdr/CtrlSum", Sum, None, Always, text!("sum of the payments", "总金额"));
        let longest = self.scheme.longest_name();
        self.add("GrpHdr/InitgPty/Nm", Words, longest, Optional, text!("who asks for the payments", "请求方名称"));
        let about = text!("the sender's number at the bank", "在银行的企业编号");
        self.add("GrpHdr/InitgPty/Id/OrgId/Othr/Id", Id, 35, Optional, about);
    }

    fn group(&mut self) {
        let at = |path: &str| format!("PmtInf/{path}");
        let transfer = self.transfer();
        self.add(&at("PmtInfId"), Id, 35, Always, text!("id of the group", "付款组编号"));
        let method: &[&str] = if transfer { &["TRF"] } else { &["DD"] };
        self.add(&at("PmtMtd"), Code(method), None, Always, text!("method", "付款方式"));
        let about = text!("one booking for the group", "按组合并记账");
        self.add(&at("BtchBookg"), Truth, None, Optional, about);
        self.add(&at("NbOfTxs"), Number, None, Optional, text!("number of payments in the group", "组内笔数"));
        self.add(&at("CtrlSum"), Sum, None, Optional, text!("sum of the group", "组内金额"));
        self.payment_type(&at("PmtTpInf"), false);
        let day = match (transfer, self.layout.modern) {
            (true, true) => "ReqdExctnDt/Dt",
            (true, false) => "ReqdExctnDt",
            (false, _) => "ReqdColltnDt",
        };
        self.add(&at(day), Day, None, Always, text!("requested day", "期望日期"));
        let (party, account, agent) =
            if transfer { ("Dbtr", "DbtrAcct", "DbtrAgt") } else { ("Cdtr", "CdtrAcct", "CdtrAgt") };
        self.party(&at(party), (text!("our name", "本方名称"), text!("our number at the bank", "本方编号")), transfer);
        self.account(&at(account), text!("our account", "本方账号"));
        self.add(&at(&format!("{account}/Ccy")), Id, 3, Optional, text!("its currency", "账户币种"));
        self.agent(&at(agent), text!("our bank", "本方开户行"), Choice);
        self.add(&at("ChrgBr"), CHARGE_BEARERS, None, Optional, text!("who bears the charges", "手续费承担方"));
        if !transfer {
            self.scheme(&at("CdtrSchmeId"));
        }
    }

    fn payment(&mut self) {
        let transfer = self.transfer();
        let inside = if transfer { "PmtInf/CdtTrfTxInf" } else { "PmtInf/DrctDbtTxInf" };
        let at = |path: &str| format!("{inside}/{path}");
        self.add(&at("PmtId/InstrId"), Id, 35, Optional, text!("instruction id", "指令编号"));
        let about = text!("end-to-end id, unique for ever", "业务编号（端到端标识），永不重复");
        self.add(&at("PmtId/EndToEndId"), Id, 35, Always, about);
        if self.layout.modern {
            self.add(&at("PmtId/UETR"), Id, 36, Optional, text!("unique reference (UUID)", "端到端唯一标识（UUID）"));
        }
        if self.scheme.payment_types == PaymentTypes::Own {
            self.payment_type(&at("PmtTpInf"), true);
        }
        if transfer {
            self.add(&at("Amt/InstdAmt"), Amount, None, Choice, text!("amount", "金额"));
            let about = text!("amount, paid in another currency", "金额（以其他币种支付）");
            self.add(&at("Amt/EqvtAmt/Amt"), Amount, None, Choice, about);
            self.add(&at("Amt/EqvtAmt/CcyOfTrf"), Id, 3, Choice, text!("that currency", "支付币种"));
        } else {
            self.add(&at("InstdAmt"), Amount, None, Always, text!("amount", "金额"));
        }
        if self.scheme.payment_types == PaymentTypes::Own {
            self.add(&at("ChrgBr"), CHARGE_BEARERS, None, Optional, text!("who bears the charges", "手续费承担方"));
        }
        if !transfer {
            self.add(&at("DrctDbtTx/MndtRltdInf/MndtId"), Id, 35, Optional, text!("mandate", "授权书编号"));
            let about = text!("day on which it was signed", "授权书签署日期");
            self.add(&at("DrctDbtTx/MndtRltdInf/DtOfSgntr"), Day, None, Optional, about);
            self.scheme(&at("DrctDbtTx/CdtrSchmeId"));
        }
        self.other_side(inside);
        let about = text!("purpose, a code", "用途代码");
        self.add(&at("Purp/Cd"), Id, 4, Optional, about);
        self.add(&at("Purp/Prtry"), Words, 35, Optional, text!("purpose, in words", "用途文字"));
        self.remittance(inside);
    }

    fn remittance(&mut self, inside: &str) {
        let at = |path: &str| format!("{inside}/RmtInf/{path}");
        let takes = |form: ReferenceForm| self.scheme.references.contains(&form);
        let (qr, others) =
            (takes(ReferenceForm::Qr), self.scheme.references.len() > usize::from(takes(ReferenceForm::Qr)));
        let about = match self.scheme.remittance_lines {
            None => text!("text for the other side, a line each", "附言，每行一个元素"),
            Some(1) => text!("text for the other side, once", "附言，仅一个元素"),
            Some(most) => text!("text for the other side, at most {most} times", "附言，最多 {most} 个元素"),
        };
        let about = match self.scheme.remittance_beside_reference {
            BesideReference::Apart => about,
            _ => {
                let Text { en, zh } = about;
                text!("{en}; not beside `Strd`", "{zh}；不与 `Strd` 并用")
            }
        };
        self.add(&at("Ustrd"), Words, 140, Optional, about);
        let kind = |name: &str| at(&format!("Strd/CdtrRefInf/Tp/CdOrPrtry/{name}"));
        if others || !qr {
            let about = match others && takes(ReferenceForm::Other) {
                false => text!("`SCOR` for a reference of ISO 11649", "ISO 11649 编号时为 `SCOR`"),
                true => text!("`SCOR`", "固定为 `SCOR`"),
            };
            self.add(&kind("Cd"), Code(&["SCOR"]), None, Optional, about);
        }
        if qr {
            let about = text!("`QRR` for a QR reference, to a QR-IBAN only", "QR 编号时为 `QRR`，收款账号须为 QR-IBAN");
            self.add(&kind("Prtry"), Code(&["QRR"]), None, Optional, about);
        }
        let about = text!("the creditor's reference", "收款方编号（结构化附言）");
        self.add(&at("Strd/CdtrRefInf/Ref"), Id, 35, Optional, about);
        if self.scheme.remittance_beside_reference == BesideReference::Within {
            let about = text!("text for the other side, beside a reference", "与收款方编号并存的附言");
            self.add(&at("Strd/AddtlRmtInf"), Words, 140, Optional, about);
        }
    }

    fn other_side(&mut self, inside: &str) {
        let at = |path: &str| format!("{inside}/{path}");
        let ultimate = |debtor: bool| match debtor {
            true => text!("for whom is paid", "实际付款人"),
            false => text!("for whom it is meant", "实际收款人"),
        };
        let them = (text!("name of the other side", "对方名称"), text!("number of the other side", "对方编号"));
        let (agent, party, account) = match self.transfer() {
            true => ("CdtrAgt", "Cdtr", "CdtrAcct"),
            false => ("DbtrAgt", "Dbtr", "DbtrAcct"),
        };
        let first = if self.transfer() { "UltmtDbtr" } else { "UltmtCdtr" };
        let last = if self.transfer() { "UltmtCdtr" } else { "UltmtDbtr" };
        let longest = self.scheme.longest_name();
        self.add(&at(&format!("{first}/Nm")), Words, longest, Optional, ultimate(first == "UltmtDbtr"));
        // The payee's bank is left out where nobody says it, the payer's is not provided then.
        let presence = if self.transfer() { Optional } else { Choice };
        self.agent(&at(agent), text!("the other side's bank", "对方开户行"), presence);
        self.party(&at(party), them, true);
        self.account(&at(account), text!("the other side's account", "对方账号"));
        self.add(&at(&format!("{last}/Nm")), Words, longest, Optional, ultimate(last == "UltmtDbtr"));
    }

    fn payment_type(&mut self, path: &str, of_payment: bool) {
        let at = |name: &str| format!("{path}/{name}");
        if of_payment {
            let about = text!("`HIGH` for urgent payments", "加急为 `HIGH`");
            self.add(&at("InstrPrty"), Code(&["HIGH", "NORM"]), None, Optional, about);
        }
        self.add(&at("SvcLvl/Cd"), Id, 4, Optional, text!("service level, a code", "服务级别代码"));
        self.add(&at("SvcLvl/Prtry"), Words, 35, Optional, text!("service level, in words", "服务级别文字"));
        self.add(&at("LclInstrm/Cd"), Id, 35, Optional, text!("local instrument, a code", "本地工具代码"));
        self.add(&at("LclInstrm/Prtry"), Words, 35, Optional, text!("local instrument, in words", "本地工具文字"));
        if of_payment || !self.transfer() {
            self.add(&at("SeqTp"), SEQUENCE, None, Optional, text!("sequence of direct debits", "扣款序列类型"));
        }
        self.add(&at("CtgyPurp/Cd"), Id, 4, Optional, text!("category purpose, a code", "业务类型代码"));
        self.add(&at("CtgyPurp/Prtry"), Words, 35, Optional, text!("category purpose, in words", "业务类型文字"));
    }

    fn party(&mut self, path: &str, (name, number): (Text, Text), with_id: bool) {
        let at = |name: &str| format!("{path}/{name}");
        self.add(&at("Nm"), Words, self.scheme.longest_name(), Optional, name);
        if self.address == AddressShape::Structured {
            self.add(&at("PstlAdr/StrtNm"), Words, 70, Optional, text!("street", "街道"));
            self.add(&at("PstlAdr/BldgNb"), Words, 16, Optional, text!("house number", "门牌号"));
        }
        if !matches!(self.address, AddressShape::Lines | AddressShape::None) {
            self.add(&at("PstlAdr/PstCd"), Words, 16, Optional, text!("postal code", "邮编"));
            self.add(&at("PstlAdr/TwnNm"), Words, 35, Optional, text!("town", "城市"));
            self.add(&at("PstlAdr/CtrySubDvsn"), Words, 35, Optional, text!("state or province", "省份"));
        }
        if self.address != AddressShape::None {
            self.add(&at("PstlAdr/Ctry"), Id, 2, Optional, text!("country, ISO 3166", "国家代码（ISO 3166）"));
            let lines = self.scheme.longest_address(self.address);
            let about = match self.address {
                AddressShape::Structured => {
                    text!("lines that are no element, at most {lines}", "未拆分的地址行，最多 {lines} 行")
                }
                _ => text!("what has no element, at most {lines} lines", "其余地址内容，最多 {lines} 行"),
            };
            if lines > 0 {
                self.add(&at("PstlAdr/AdrLine"), Words, 70, Optional, about);
            }
        }
        if with_id {
            self.add(&at("Id/OrgId/Othr/Id"), Id, 35, Optional, number);
        }
    }

    fn account(&mut self, path: &str, about: Text) {
        let Text { en, zh } = &about;
        self.add(&format!("{path}/Id/IBAN"), Id, 34, Choice, text!("{en}, an IBAN", "{zh}（IBAN 账号）"));
        self.add(&format!("{path}/Id/Othr/Id"), Id, 34, Choice, text!("{en}, any other number", "{zh}（非 IBAN）"));
    }

    fn agent(&mut self, path: &str, about: Text, presence: Presence) {
        let at = |name: &str| format!("{path}/FinInstnId/{name}");
        let Text { en, zh } = &about;
        let bic = if self.layout.modern { "BICFI" } else { "BIC" };
        self.add(&at(bic), Id, 11, presence, text!("{en}, a BIC", "{zh}（BIC 代码）"));
        let scheme = text!("`CNAPS` for twelve digits of CNAPS", "十二位联行号时为 `CNAPS`");
        self.add(&at("ClrSysMmbId/ClrSysId/Cd"), Code(&["CNAPS"]), None, presence, scheme);
        self.add(&at("ClrSysMmbId/MmbId"), Id, 35, presence, text!("{en}, a clearing number", "{zh}（清算行号）"));
        self.add(&at("Nm"), Words, 140, presence, text!("{en}, its name", "{zh}（名称）"));
        let other = text!("{en}, any other id; `NOTPROVIDED` for none", "{zh}（其他编号；没有时为 `NOTPROVIDED`）");
        self.add(&at("Othr/Id"), Id, 35, presence, other);
        let number = text!("{en}, number of its branch", "{zh}（网点编号）");
        self.add(&format!("{path}/BrnchId/Id"), Id, 35, Optional, number);
        self.add(
            &format!("{path}/BrnchId/Nm"),
            Words,
            140,
            Optional,
            text!("{en}, name of its branch", "{zh}（网点名称）"),
        );
    }

    fn scheme(&mut self, path: &str) {
        let about = text!("the creditor identifier", "收款人标识（Creditor Identifier）");
        self.add(&format!("{path}/Id/PrvtId/Othr/Id"), Id, 35, Optional, about);
        let about = text!("its scheme", "标识体系");
        self.add(&format!("{path}/Id/PrvtId/Othr/SchmeNm/Prtry"), Code(&["SEPA"]), None, Optional, about);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::document::{
        Account, Address, Counterparty, Currency, Declared, Group, GroupAccount, Indicator, Part, Party, Payment,
        Payments, PaymentsEnd, parse_date,
    };
    use crate::format::WriteOptions;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_string())
    }

    fn party(name: &str) -> Party {
        let address = Address {
            street: some("Street"),
            building: some("1"),
            post_code: some("10115"),
            town: some("Town"),
            state: some("State"),
            country: some("DE"),
            lines: vec!["Line".into()],
        };
        Party { name: some(name), id: some("ID"), address }
    }

    /// One payment with all that a document can hold, in one of three ways to say the same.
    fn full(layout: Layout, way: usize) -> (Payments, Group, Payment) {
        let agent = ["COBADEFF", "102100099996", "X1"][way];
        let account = ["DE89370400440532013000", "1234567", "1234567"][way];
        let word = if way == 0 { "CODE" } else { "in words" };
        let declared = Declared { count: Some(1), sum: Some("1.50".parse().unwrap()) };
        let head = Payments {
            message_id: some("M"),
            created: crate::document::Moment::parse("2026-11-25T08:00:00Z"),
            initiating_party: some("Us"),
            initiating_party_id: some("ID"),
            declared: declared.clone(),
            ..Payments::default()
        };
        let group = Group {
            id: some("G"),
            method: layout.method,
            execution_date: parse_date("2026-12-01"),
            account: GroupAccount::parse(account)
                .map(|account| GroupAccount { currency: Currency::parse("EUR"), ..account }),
            party: party("Us"),
            agent: some(agent),
            agent_name: some("Bank"),
            branch: some("017"),
            branch_name: some("West Lake"),
            service_level: some(word),
            local_instrument: some(word),
            sequence_type: some("RCUR"),
            category_purpose: some(word),
            charge_bearer: some("SLEV"),
            batch_booking: Some(true),
            declared,
            ..Group::default()
        };
        let side = if layout.method == Method::Transfer { Indicator::Credit } else { Indicator::Debit };
        let mut payment = Payment::new(1, "1.50".parse().unwrap(), Currency::parse("EUR").unwrap(), side);
        payment.end_to_end_id = some("E");
        payment.instruction_id = some("I");
        let them = party("Them");
        payment.counterparty =
            Counterparty { name: them.name, id: them.id, address: them.address, ..Counterparty::default() };
        payment.counterparty.account = Account::parse(account);
        payment.counterparty.agent = some(agent);
        payment.counterparty.agent_name = some("Bank");
        payment.urgent = Some(true);
        // Other words than its group's: what is the same stands in the group alone.
        let own = if way == 0 { "OWN" } else { "in own words" };
        payment.charge_bearer = some("SHAR");
        payment.purpose = some(word);
        payment.category_purpose = some(own);
        payment.remittance = vec!["Text".into()];
        payment.structured_reference = some("RF18539007547034");
        payment.mandate_id = some("MANDATE");
        payment.mandate_date = parse_date("2026-01-01");
        for (key, value) in [
            ("x_service_level", own),
            ("x_local_instrument", own),
            ("x_sequence_type", "OOFF"),
            ("x_branch", "018"),
            ("x_branch_name", "East Lake"),
            ("x_uetr", "eb6305c9-1f7f-49de-aed0-16487c27b42d"),
            ("x_ultimate_debtor", "A"),
            ("x_ultimate_creditor", "B"),
            ("x_creditor_scheme_id", "DE98ZZZ09999999999"),
        ] {
            payment.extra.insert(key.to_string(), value.to_string());
        }
        if way == 1 {
            payment.extra.insert("x_transfer_currency".to_string(), "USD".to_string());
        }
        (head, group, payment)
    }

    /// The same with nothing that may be missing.
    fn bare((head, group, payment): (Payments, Group, Payment)) -> (Payments, Group, Payment) {
        let head = Payments { initiating_party: None, initiating_party_id: None, ..head };
        let group = Group {
            method: group.method,
            execution_date: group.execution_date,
            account: group.account.map(|account| GroupAccount { currency: None, ..account }),
            ..Group::default()
        };
        let mut least = Payment::new(1, payment.amount, payment.currency, payment.indicator);
        least.counterparty.account = payment.counterparty.account;
        (head, group, least)
    }

    /// The paths of the elements with a value.
    fn written(
        layout: Layout,
        (address, scheme): (AddressShape, &Scheme),
        (head, group, payment): (Payments, Group, Payment),
    ) -> BTreeSet<String> {
        let kept = Kept::default();
        let mut options = WriteOptions::default();
        options.dialect.address = address;
        options.dialect.scheme = scheme.clone();
        let output = Box::new(kept.clone());
        let mut writer = super::super::InitiationWriter::new(layout, output, &options);
        let end = PaymentsEnd { count: 1, ..PaymentsEnd::default() };
        for part in [
            Part::Payments(Box::new(head)),
            Part::Group(Box::new(group)),
            Part::Payment(Box::new(payment)),
            Part::PaymentsEnd(Box::new(end)),
        ] {
            crate::format::Writer::write_part(&mut writer, &part).unwrap();
        }
        crate::format::Writer::finish(&mut writer).unwrap();
        let bytes = kept.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        let xml = roxmltree::Document::parse(&text).unwrap();
        let leaves = xml.descendants().filter(|n| n.is_element() && !n.children().any(|c| c.is_element()));
        leaves
            .filter(|leaf| leaf.text().is_some())
            .map(|leaf| {
                let mut names: Vec<&str> = leaf.ancestors().map(|n| n.tag_name().name()).collect();
                names.reverse();
                // Behind the document node, `Document` and the message's root.
                names[3..].join("/")
            })
            .collect()
    }

    const SHAPES: [AddressShape; 4] =
        [AddressShape::Structured, AddressShape::Hybrid, AddressShape::Lines, AddressShape::None];

    fn layouts() -> impl Iterator<Item = Layout> {
        let transfers = super::super::super::super::pain001::LAYOUTS.iter();
        transfers.chain(super::super::super::super::pain008::LAYOUTS).copied()
    }

    fn is_what_is_written(layout: Layout, shape: AddressShape, scheme: &Scheme, ways: Vec<(Payments, Group, Payment)>) {
        let table: BTreeSet<String> = elements(layout, shape, scheme).into_iter().map(|e| e.path).collect();
        let all: BTreeSet<String> = ways.into_iter().flat_map(|way| written(layout, (shape, scheme), way)).collect();
        let missing: Vec<_> = all.difference(&table).collect();
        let never: Vec<_> = table.difference(&all).collect();
        assert!(missing.is_empty() && never.is_empty(), "{}: {missing:?} {never:?}", layout.name);
    }

    #[test]
    fn the_table_is_what_the_writer_writes() {
        for layout in layouts() {
            for shape in SHAPES {
                let ways = (0..3).map(|way| full(layout, way)).collect();
                is_what_is_written(layout, shape, &Scheme::default(), ways);
            }
        }
    }

    #[test]
    fn the_table_is_what_the_writer_writes_of_what_a_scheme_allows() {
        let scheme = Scheme {
            payment_types: PaymentTypes::Group,
            references: vec![ReferenceForm::Qr, ReferenceForm::Iso11649],
            remittance_beside_reference: BesideReference::Within,
            remittance_lines: Some(1),
            ..Scheme::default()
        };
        for layout in layouts() {
            let ways = (0..5).map(|way| {
                let (head, group, mut payment) = full(layout, way % 3);
                for own in ["x_service_level", "x_local_instrument", "x_sequence_type"] {
                    payment.extra.remove(own);
                }
                (payment.urgent, payment.category_purpose, payment.charge_bearer) = (None, None, None);
                if way == 3 {
                    payment.structured_reference = some("210000000003139471430009017");
                    payment.counterparty.account = Account::parse("CH4431999123000889012");
                }
                if way == 4 {
                    payment.structured_reference = None;
                }
                (head, group, payment)
            });
            is_what_is_written(layout, AddressShape::Structured, &scheme, ways.collect());
        }
    }

    #[test]
    fn what_is_always_there_is_there_when_nothing_else_is() {
        let (shape, scheme) = (AddressShape::Structured, Scheme::default());
        for layout in layouts() {
            let least = written(layout, (shape, &scheme), bare(full(layout, 0)));
            for element in &elements(layout, shape, &scheme) {
                let there = least.contains(&element.path);
                match element.presence {
                    Presence::Always => assert!(there, "{}: {}", layout.name, element.path),
                    Presence::Optional => assert!(!there, "{}: {}", layout.name, element.path),
                    Presence::Choice => {}
                }
            }
        }
    }
}
