//! Fields that take numbers of one kind: a CNAPS number, a BIC, a BSB, digits, and no other in their place.

use std::process::Output;

use super::convert::{err, out};
use super::layouts::of_its_own;

/// Payments of a Chinese ERP, as it exports them: the bank of the account by its CNAPS number.
fn csv(agent: &str) -> Vec<u8> {
    format!(
        "付款日期,付款人名称,付款账号,付款行号,付款开户行,收款人名称,收款账号,联行号,收款开户行,金额,币种,业务编号,用途\n\
         2026-12-01,青禾贸易有限公司,33001600000000000017,105100000017,滨江支行,陆一鸣,571900000000118,{agent},\
         招商银行杭州分行,0.50,人民币,QH02,差旅费\n"
    )
    .into_bytes()
}

/// What a bank's file is made of it, where the contract says the number of the branch.
fn written(bank: &str, branch: &str, agent: &str) -> Output {
    let agreed = format!("[layout.payments]\nvalues = {{ \"group.branch\" = \"{branch}\" }}");
    of_its_own(bank, "[layout.payments]", &agreed).convert(&["--from", "csv", "--to", "own"], &csv(agent))
}

fn text(output: &Output) -> String {
    encoding_rs::GBK.decode(&output.stdout).0.into_owned()
}

/// A bank's own number of its branch is no CNAPS number: it stands in the contract, and the ERP's file is as always.
#[test]
fn the_banks_own_branch_number_is_not_the_cnaps_number_of_the_erp() {
    for (bank, branch, row) in [
        ("ccb", "330000000", "|33001600000000000017|330000000|571900000000118|陆一鸣| |招商银行杭州分行|308331012011|"),
        ("boc", "40522", "QH02|40522||33001600000000000017|571900000000118|||招商银行杭州分行|陆一鸣|"),
    ] {
        let output = written(bank, branch, "308331012011");
        assert!(output.status.success(), "{bank}: {}", err(&output));
        assert!(text(&output).contains(row), "{bank}: {}", text(&output));
        // Nobody says it: the person is told where to write it.
        let plain = of_its_own(bank, "[layout.payments]", "[layout.payments]");
        let output = plain.convert(&["--from", "csv", "--to", "own"], &csv("308331012011"));
        assert!(
            !output.status.success() && err(&output).contains("`\"group.branch\" = \"…\"`"),
            "{bank}: {}",
            err(&output)
        );
        // Twelve digits are no number of a branch there.
        let output = written(bank, "105100000017", "308331012011");
        assert!(err(&output).contains("`105100000017` is"), "{bank}: {}", err(&output));
    }
}

#[test]
fn a_field_for_cnaps_numbers_takes_no_bic() {
    let output = written("ccb", "330000000", "CMBCCNBS");
    assert!(output.status.success(), "{}", err(&output));
    let said = err(&output);
    assert!(said.contains("kind-of-number") && said.contains("`CMBCCNBS` is not what the field takes"), "{said}");
    assert!(said.contains("it is left out") && !text(&output).contains("CMBCCNBS"), "{said}{}", text(&output));
    // Where the number must be there, the payment is refused.
    let must = of_its_own("psbc", "sign = false", "sign = false");
    let output = must.convert(&["--from", "csv", "--to", "own"], &csv("CMBCCNBS"));
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("error: ") && err(&output).contains("a CNAPS number of 12 digits"),
        "{}",
        err(&output)
    );
    let must = of_its_own("psbc", "sign = false", "sign = false");
    let said = must.convert(&["--lang", "zh", "--from", "csv", "--to", "own"], &csv("CMBCCNBS"));
    assert!(err(&said).contains("十二位联行号"), "{}", err(&said));
}

/// What comes in is held to the same: a number of another kind stands elsewhere than it is said.
#[test]
fn a_number_of_another_kind_is_refused_when_read() {
    let example = super::layouts::example("uob", "payments.txt");
    let said = super::layouts::refused("uob", example.replacen("~DBSSSGSG~", "~7171~", 1).as_bytes());
    assert!(said.contains("receiving BIC") && said.contains("a BIC of 8 or 11 characters"), "{said}");
    let example = super::layouts::example("dbs", "payments.txt");
    let said = super::layouts::refused("dbs", example.replacen(",7171,", ",DBSSSGSG,", 1).as_bytes());
    assert!(said.contains("D18") && said.contains("digits only"), "{said}");
}

/// A BSB that an ERP writes without its hyphen is written with it.
#[test]
fn a_bsb_has_its_hyphen() {
    let csv = "execution_date,debtor_name,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,amount,\
        currency,end_to_end_id,x_remitter\n2026-12-01,GREENFIELD,11110017,CBA,FAR HILLS,11110175,062000,1.00,AUD,E-1,\
        GREENFIELD\n";
    let values = "[layout.payments]\nvalues = { \"group.branch\" = \"033001\", \"group.party_id\" = \"301500\", \
        \"group.agent_name\" = \"WBC\" }";
    let own = of_its_own("aba", "[layout.payments]", values);
    let output = own.convert(&["--from", "csv", "--to", "own"], csv.as_bytes());
    let file = out(&output);
    assert!(output.status.success(), "{}", err(&output));
    assert!(file.contains("1062-000") && file.contains("033-001") && !file.contains("062000"), "{file}");
    let output = own.convert(&["--from", "csv", "--to", "own"], csv.replace("062000", "06200").as_bytes());
    assert!(err(&output).contains("a BSB number, `999-999`"), "{}", err(&output));
}
