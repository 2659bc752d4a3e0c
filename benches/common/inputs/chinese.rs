//! A payment file in a layout of a template, in GBK.

use std::io::{self, Write};

/// Writes so many payments as the template `icbc` has them.
pub fn layout(out: &mut impl Write, rows: u64) -> io::Result<()> {
    let sum: u64 = (1..=rows).map(cents).sum();
    let mut line = |text: String| out.write_all(&encoding_rs::GBK.encode(&text).0);
    line(format!(
        "#总计信息\r\n#注意：本文件中的金额均以分为单位！\r\n#币种|日期|总计标志|总金额|总笔数|\r\nRMB|20261201|1|{sum}|{rows}|\r\n#明细指令信息\r\n"
    ))?;
    for row in 1..=rows {
        line(format!(
            "RMB|20261201|2|{row}|工行滨江支行|2002000000000000017|青禾贸易有限公司|招商银行杭州分行|浙江|杭州||\
             {}|远山材料有限公司{}|{}|货款|QH-{row:09}|0|||\r\n",
            // The last digit is no zero: an account that ends in many looks as if a spreadsheet had rounded it.
            6_222_000_000_000_000_007 + row * 10,
            row % 1000,
            cents(row),
        ))?;
    }
    line("*".to_string())
}

fn cents(row: u64) -> u64 {
    row * 7919 % 9_999_999 + 1
}
