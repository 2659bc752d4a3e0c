//! The columns of our payments CSV: one table for reader, writer and messages.

/// A column of the payments file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    ExecutionDate,
    DebtorName,
    DebtorAccount,
    DebtorAgent,
    DebtorBank,
    CreditorName,
    CreditorAccount,
    CreditorAgent,
    CreditorBank,
    Amount,
    Currency,
    EndToEndId,
    InstructionId,
    Remittance,
    StructuredReference,
    Purpose,
    Category,
    Urgency,
    ChargeBearer,
    CreditorId,
    Country,
    State,
    Town,
    PostCode,
    Street,
    Building,
    Address,
}

/// How many columns there are.
pub(super) const COLUMNS: usize = TABLE.len();

/// What a column is called.
pub(super) struct Names {
    pub column: Column,
    /// The name that we write and that findings use.
    pub name: &'static str,
    /// The name in Chinese, which is also accepted.
    pub chinese: &'static str,
    /// Other names that are accepted.
    pub also: &'static [&'static str],
    /// Whether a file without this column is refused, and a row without a value.
    pub required: bool,
}

const fn names(column: Column, name: &'static str, chinese: &'static str, also: &'static [&'static str]) -> Names {
    Names { column, name, chinese, also, required: false }
}

const fn required(column: Column, name: &'static str, chinese: &'static str, also: &'static [&'static str]) -> Names {
    Names { column, name, chinese, also, required: true }
}

/// All columns, in the order of [`Column`] and of the files that we write.
pub(super) const TABLE: [Names; 27] = [
    required(
        Column::ExecutionDate,
        "execution_date",
        "付款日期",
        &["期望日期", "期望付款日期", "执行日期", "requested_date", "requested_execution_date", "payment_date", "date"],
    ),
    names(Column::DebtorName, "debtor_name", "付款人名称", &["付款户名", "付款账户名称", "付款方名称", "debtor"]),
    required(
        Column::DebtorAccount,
        "debtor_account",
        "付款账号",
        &["付款人账号", "付款账户", "付款方账号", "debtor_iban", "debtor_account_number"],
    ),
    names(Column::DebtorAgent, "debtor_agent", "付款行号", &["付款联行号", "debtor_bic", "debtor_cnaps"]),
    names(Column::DebtorBank, "debtor_bank", "付款开户行", &["付款银行", "付款行名称", "debtor_bank_name"]),
    required(
        Column::CreditorName,
        "creditor_name",
        "收款人名称",
        &["收款户名", "收款人户名", "收款账户名称", "收款方名称", "收款人", "creditor", "beneficiary_name"],
    ),
    required(
        Column::CreditorAccount,
        "creditor_account",
        "收款账号",
        &["收款人账号", "收款账户", "收款方账号", "creditor_iban", "creditor_account_number", "beneficiary_account"],
    ),
    names(
        Column::CreditorAgent,
        "creditor_agent",
        "联行号",
        &["收款行号", "收款联行号", "收款行联行号", "creditor_bic", "creditor_cnaps", "beneficiary_bic"],
    ),
    names(
        Column::CreditorBank,
        "creditor_bank",
        "收款开户行",
        &["收款银行", "收款行名称", "收款行", "开户行", "creditor_bank_name", "creditor_agent_name"],
    ),
    required(Column::Amount, "amount", "金额", &["付款金额", "交易金额", "转账金额"]),
    required(Column::Currency, "currency", "币种", &["货币", "付款币种", "ccy"]),
    names(Column::EndToEndId, "end_to_end_id", "业务编号", &["单据号", "单据编号", "业务单号", "reference", "e2e_id"]),
    names(Column::InstructionId, "instruction_id", "指令编号", &["指令号"]),
    names(Column::Remittance, "remittance", "附言", &["备注", "摘要", "remittance_information", "payment_details"]),
    names(Column::StructuredReference, "structured_reference", "结构化附言", &["creditor_reference"]),
    names(Column::Purpose, "purpose", "用途", &["purpose_code"]),
    names(Column::Category, "category", "业务类型", &["category_purpose"]),
    names(Column::Urgency, "urgency", "加急", &["urgent", "加急标志", "是否加急"]),
    names(Column::ChargeBearer, "charge_bearer", "手续费承担", &["费用承担", "手续费承担方", "charges"]),
    names(Column::CreditorId, "creditor_id", "收款人证件号", &["收款人税号"]),
    names(Column::Country, "country", "国家", &["收款人国家", "creditor_country"]),
    names(Column::State, "state", "省份", &["收款省份", "省", "province", "creditor_state"]),
    names(Column::Town, "town", "城市", &["收款城市", "市", "city", "creditor_town", "creditor_city"]),
    names(Column::PostCode, "post_code", "邮编", &["邮政编码", "zip", "postal_code", "creditor_post_code"]),
    names(Column::Street, "street", "街道", &["creditor_street"]),
    names(Column::Building, "building", "门牌号", &["building_number", "creditor_building"]),
    names(Column::Address, "address", "地址", &["收款人地址", "creditor_address"]),
];

/// The names of a column.
pub(super) fn names_of(column: Column) -> &'static Names {
    &TABLE[column as usize]
}

/// The column that a header means: compared without case, spaces and underscores.
pub(super) fn find(header: &str) -> Option<Column> {
    let header = plain(header);
    let means = |name: &str| plain(name) == header;
    TABLE.iter().find(|n| means(n.name) || means(n.chinese) || n.also.iter().any(|a| means(a))).map(|n| n.column)
}

/// A header without what does not count: case, white space, underscores.
pub(super) fn plain(header: &str) -> String {
    header.chars().filter(|c| !c.is_whitespace() && *c != '_').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_columns() {
        for (place, names) in TABLE.iter().enumerate() {
            assert_eq!(names.column as usize, place, "{}", names.name);
        }
    }

    #[test]
    fn no_name_means_two_columns() {
        let mut seen = std::collections::BTreeSet::new();
        for names in &TABLE {
            for name in [names.name, names.chinese].iter().chain(names.also) {
                assert!(seen.insert(plain(name)), "{name}");
            }
        }
    }

    #[test]
    fn headers_are_compared_without_case_spaces_and_underscores() {
        for header in ["debtor_iban", "Debtor IBAN", "DEBTORIBAN", "付款账号", " 付款 账号 "] {
            assert_eq!(find(header), Some(Column::DebtorAccount), "{header}");
        }
        assert_eq!(find("cost_center"), None);
    }
}
