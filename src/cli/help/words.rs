//! The words of every command, by its path, and of every argument: by its name, or by command and name where it is
//! another thing there. The first paragraph of a command is its short help.

/// A name and its words.
type Words = (&'static str, &'static str);

pub(super) const COMMANDS: &[Words] = &[
    ("help", "打印总的帮助，或某个命令的帮助"),
    ("", "把 ERP 的付款文件送往银行，并把银行文件送回 ERP"),
    (
        "demo",
        "在本机演示全程：一个 ERP、一家银行、两个批次\n\n新建含双方密钥的临时安装，在本机启动模拟银行，投入两个示例批次，逐一显示发生的事件，直到银行回执和对账单进入 ERP 目录。",
    ),
    ("init", "新建安装：`bankferry.toml`、目录，以及所要求的密钥"),
    (
        "run",
        "运行守护进程，直至被要求停止\n\n收到 SIGTERM 或 SIGINT 时有序结束：进行中的工作或完成，或留待下次启动接续。SIGHUP 重新读取配置。",
    ),
    (
        "once",
        "处理现在到期的全部工作，然后退出\n\n供 cron 和测试使用。需稍后重试的留待下次。只剩人工事项时退出码为 0：被拒绝的文件、待复核批次和未知状态由文件、status 和告警告知。\
         有往来方无法连接，或有文件未能发送或发布时为 3：逐一列出，其余照常进行。",
    ),
    (
        "convert",
        "把一个文件从一种格式转换为另一种\n\n输入格式按内容识别；发现的问题写到标准错误和 JSON。文件无法理解或违反格式规则时退出码为 1，且不会留下完整的输出。",
    ),
    (
        "keys",
        "列出、生成、导入和导出本安装的密钥\n\n我方密钥各有用途：`sign` 签名发出的文件，`decrypt` 解密收到的文件，`both` 供只接收一把密钥的银行，`audit` 签名日志检查点。",
    ),
    ("keys list", "列出全部密钥：属于谁、用途、指纹、有效期"),
    ("keys generate", "生成我方密钥对，并打印公钥部分"),
    ("keys import", "导入往来方的证书，或我方的私钥"),
    ("keys export", "打印证书，或 SSH 密钥的公钥部分"),
    ("keys expire", "列出 90 天内到期的密钥，或立即停用一把密钥"),
    ("keys rehearse", "试用往来方和我方的每把可用密钥（含下一把）；不发送任何内容"),
    (
        "keys renew",
        "生成把我方密钥交给银行的文件，按要求发送\n\n文件名与保护方式见该银行模板的 `[renewal]`。不带 `--send` 时只写到标准输出。文件由现用密钥签名（模板规定不签名者除外）；\
         现用密钥在 `keys expire` 之前继续使用。",
    ),
    (
        "sandbox",
        "运行供练习的模拟银行：SFTP 服务器、密钥、应答、对账单、故障\n\n它有自己的目录，只能从本机访问。行为由该目录中的 `bank.toml` 决定，首次启动时写入。",
    ),
    (
        "check",
        "检查安装：一切日后会妨碍付款的问题\n\n配置与模板（错误注明行列）、密钥及到期、目录及权限、时钟、谁可作决定。加 `--connect` 还会检查往来方服务器：主机密钥、登录、目录、能力。\
         发现错误时退出码为 1。不发送也不收取任何文件。",
    ),
    ("status", "显示等待中、未知以及须人工决定的事项\n\n守护进程运行时也可用，不作任何更改。"),
    (
        "balances",
        "显示账户余额：账面与可用、日期、来自哪份对账单\n\n账面余额取自最新的日终对账单。此后日间明细所述另行列出，不计入余额。",
    ),
    ("list", "列出批次、文件、付款、对账单及其分录等，新的在前"),
    ("list alarms", "须有人知道的事：未解除的告警"),
    ("list incidents", "不应发生而发生的异常，以及资金是否因此划转"),
    ("list reports", "控制日报及其送达情况"),
    ("list batches", "ERP 提交的批次，每个文件一行"),
    ("list files", "收到和生成的文件"),
    ("list payments", "单笔付款；`--since` 和 `--until` 指执行日期"),
    ("list statements", "银行对账单；`--since` 和 `--until` 指对账单日期"),
    ("list entries", "对账单分录及其对应；`--since` 和 `--until` 指入账日"),
    ("list receipts", "电子回单及所属付款和分录；`--since` 和 `--until` 指交易日"),
    ("list proposals", "一人提议、待另一人确认的事项"),
    (
        "show",
        "显示批次、文件、付款或对账单的全部历史\n\n付款用端到端编号，或批次与序号（`B20261123-0001/3`）表示；对账单用文件与序号（`I20261123-0002/1`），\
         其分录再加一级（`I20261123-0002/1/7`）。等待人工处理的银行文件，其对账单按将要采用的样子显示。",
    ),
    (
        "release",
        "放行待复核批次，准予须先由人查看的文件\n\n批次将发往银行；放行与所显示的内容绑定。重复文件作为新文件读取；更正的对账单或同号的另一份回单自此采用；被拒绝的银行文件再读一次；\
         等待人工的发出文件再试一次。对占住银行的未应答文件，表示银行可收下一个。\n\n双人复核：手工暂停批次或把其文件准予为非重复的人，不得放行该批次。",
    ),
    (
        "refuse",
        "拒绝尚未发出的批次和重复文件；了结被拒绝的银行文件所等待的事\n\nERP 会在拒绝文件中得知原因。无法使用的银行文件等待人工：放行则再读一次，拒绝则表示已处理。已为银行编号的不能再拒绝：\
         见 `bankferry cancel`。",
    ),
    ("cancel", "在发出之前撤回批次或发给往来方的文件\n\n正在发送或已发送的不能在此撤回：请联系银行。"),
    ("hold", "在为银行编号之前暂停已放行的批次\n\n手工暂停批次的人不得再次放行：须由另一人放行。"),
    (
        "resolve",
        "了结未知状态：说明往来方是否已有文件，或银行是否已有付款\n\n请先询问银行：判定为未发送的可能重新下达，若银行其实已有则会重复付款。程序绝不自行判定。生产环境中须两人了结付款的未知状态：\
         第一次调用为提议，另一名有 `resolve` 权限的人以相同调用确认。\n\n付款用批次与序号或端到端编号表示。银行已有其文件，却用了无人解释的代码、自相矛盾或只入账一部分时，该笔付款单独为未知。\
         ERP 会在状态文件中得知。",
    ),
    (
        "reconcile",
        "说明某日分录各是什么、付款各怎样了（对账）\n\n每笔付款为已入账、已退回或未达（附天数）；每条分录为已匹配、未匹配或非本方。有未匹配分录或余额不平时退出码为 1。",
    ),
    (
        "match",
        "说明对账单分录是哪些付款\n\n用于程序因无一相符或多笔相符而未匹配的分录。付款变为已入账（分录退回资金时为已退回）。其合计不得超过分录金额。",
    ),
    ("unmatch", "撤销分录的匹配"),
    (
        "report",
        "显示某日的控制日报，或检查一个目录中的日报是否完整\n\n每家银行每个工作日次晨生成一份，用 `audit` 密钥签名，连续编号。收到、发出、应答、拒绝、入账为当日及此前无银行业务的日子；等待、\
         未达、未知为生成时刻的情况。编号缺失、签名不是我方的、或与前一份不衔接时，`--check` 以 1 退出。",
    ),
    (
        "resend",
        "在银行说明什么都没有之后，原样再发一次\n\n只用于未知或未确认的付款文件，或银行以未收到为由拒绝了全部付款的文件；ERP 已重新提交其中任何一笔时不得使用。报文标识号和每个字节不变，\
         以便银行识别重复。第一次调用为提议；另一人以相同调用和相同参考号确认。在银行的下一个窗口发送。其间若收到关于首个文件的应答则停止。",
    ),
    (
        "config",
        "显示配置摘要及变更的设置；加 `--confirm` 准予按其发送\n\n设置 `[security] config_needs_officers = true` 时，以及生产环境中有两名安全员时，\
         配置变更后须两名有 `configure` 权限的人确认，方可向银行发送：第一次调用为提议，另一人以相同调用确认。\
         确认人须为上次确认的配置中的安全员，变更后的配置所列人员不算数；从未确认过时以配置自身所列人员为准。\n\n只要尚未确认，就显示与上次确认的配置相比变更的设置。\
         若自有人提议后配置又有变更，则须以 `--digest` 说明所看的是哪一个，否则不确认也不提议。",
    ),
    (
        "verify",
        "证明日志和归档未被改动\n\n重新计算全部事实的链，并与 `state/checkpoints` 中的每个检查点核对；重新计算每个归档文件的哈希；检查日志所提的一切是否都在归档中；并重新推导事实，\
         看各表是否一致。有任何不符时逐条列出，退出码为 1。\n\n能在此写入的人可以连同检查点一起截去日志末尾。请把检查点另存他处，并用 `--checkpoint` 核对。",
    ),
    (
        "spec",
        "打印银行或 ERP 模板的接口规范\n\n每个字段的位置、类型、长度、是否必填及内容；文件与目录、安全、限制、回执及银行各代码的含义、对账单、时间窗口、与对方联调的测试用例，以及模板尚未确定之处。\
         英文，或加 `--lang zh` 为中文。",
    ),
    (
        "backup",
        "在运行中制作安装的一致副本\n\n日志用 SQLite 自身的备份复制，随后是归档、配置、模板和已签名的检查点。\
         DIR/MANIFEST 列出每个文件及其哈希（可用 `sha256sum -c MANIFEST` 核对），有 audit 密钥时并签名。副本经核验后才取得名称：存在的备份都是完整的。\
         归档文件是复制而非链接。除非要求，密钥不包含在内：请另行妥善保管。",
    ),
    (
        "restore",
        "由备份建立安装；两人确认之前不发送\n\n每个文件都与备份的 MANIFEST 核对，结果经核验后才取得名称。此前已把日志置于恢复模式：副本自首次启动起只收取和查看，\
         在两人执行 `bankferry unfence` 之前不向银行发送。备份时尚未发出的，逐个文件等待人工处理。",
    ),
    (
        "unfence",
        "准予第二副本发送：第一人提议，另一人确认\n\n此前请确认另一副本已停用，并询问各银行已有哪些文件。进入恢复模式时尚未发出的，此后仍逐个文件等待人工处理（见 `bankferry status`）。",
    ),
];

pub(super) const ARGUMENTS: &[Words] = &[
    ("dir", "安装目录（`bankferry.toml` 所在处）"),
    ("json", "以 JSON 打印数据"),
    ("quiet", "只报告错误"),
    ("verbose", "多说明在做什么"),
    ("lang", "消息语言：`en` 或 `zh` [默认：按系统区域设置]"),
    ("help", "打印帮助"),
    ("version", "打印版本"),
    ("who", "作决定的人 [默认：操作系统用户]"),
    ("reason", "原因；永久记入日志"),
    ("bank", "扮演此模板的银行，使用其示例付款"),
    ("keep", "把安装保留在此目录"),
    ("watch", "让银行和守护进程继续运行，以便投入自己的文件"),
    ("name", "安装名称；每个报文标识号以它开头"),
    ("keys", "同时生成我方 OpenPGP 密钥：签名、解密和检查点"),
    ("init.folder", "目录；不存在则新建"),
    ("from", "输入格式：`auto`、`camt.053`、`mt940`、`bai2`、`nacha`、`csv` 等，或模板名"),
    ("to", "输出格式：`jsonl`、`csv`、`pain.001.001.09` 等，或模板名"),
    ("convert.template", "输入输出自身未指明时所用的模板：其规则、布局和方言"),
    ("encoding", "输入自身未说明时的编码，如 `gb18030`"),
    ("message_id", "输入没有报文标识号时所用的标识号 [默认：按时钟]"),
    ("input", "要读取的文件；`-` 为标准输入"),
    ("output", "要写入的文件 [默认：标准输出]"),
    ("keys list.party", "只列此往来方的密钥"),
    ("keys generate.role", "密钥用途：`sign`、`decrypt`、`both` 或 `audit`"),
    ("keys generate.ssh", "改为生成与此往来方连接的 SSH 密钥对"),
    ("algorithm", "算法：`curve25519`、`rsa-3072` 或 `rsa-4096`"),
    ("days", "有效天数；银行通常最多接受两年"),
    ("user_id", "证书中的名称，如贵公司名称"),
    ("own", "导入我方此用途的私钥；此时只给出 FILE"),
    ("operands", "证书属于谁，以及文件（ASCII 或二进制）；`-` 为标准输入"),
    ("which", "我方用途（取最新可用密钥），或任一密钥的指纹"),
    ("keys export.ssh", "与此往来方连接的 SSH 密钥"),
    ("fingerprint", "要停用的密钥；我方密钥仍可读取旧文件"),
    ("keys rehearse.party", "往来方"),
    ("keys renew.party", "银行"),
    ("key", "我方下一把 OpenPGP 密钥的指纹，或下一把 SSH 密钥的名称"),
    ("activate", "改为通知银行自此启用该密钥的文件"),
    ("send", "现在就交给银行"),
    ("again", "即使已发送或可能已发送，也再次发送"),
    ("sandbox.folder", "模拟银行的目录"),
    ("sandbox.bank", "所扮演银行的模板：其目录、文件名、格式和保护方式"),
    ("port", "127.0.0.1 上的端口；0 取空闲端口"),
    ("faults", "出什么故障：KIND、KIND@FILE、late=秒数、statement:KIND；可多次给出"),
    ("connect", "连接全部往来方，或所指定的一个"),
    ("alarm_test", "经 `[alarms]` 的每条途径发送测试告警"),
    ("account", "只看此账户"),
    ("all", "包括已解除的"),
    ("party", "来自或发往此往来方"),
    ("list alarms.party", "只列与此往来方有关的"),
    ("list incidents.party", "只列与此往来方有关的"),
    ("list reports.party", "只列此银行的"),
    ("report.party", "只看此银行的日报"),
    ("since", "此日或之后，`YYYY-MM-DD`"),
    ("until", "此日或之前"),
    ("limit", "最多多少条；0 为全部"),
    ("state", "处于此状态，如 `held`、`unknown`、`booked`；可多次给出"),
    ("amount", "此金额（批次为任一币种的合计），或 `最小..最大`"),
    ("text", "编号、名称、账号或参考号中含此文本"),
    ("show.id", "批次、文件、付款、对账单或分录的编号"),
    ("ids", "批次（`B…`）、来自往来方的文件（`I…`）或发给往来方的文件（`O…`）"),
    ("digest", "只放行摘要以此开头的批次"),
    ("resolve.id", "发给往来方的文件（`O…`）、批次（`B…`），或付款（`B…/3`，或其端到端编号）"),
    ("sent", "对方已收到"),
    ("not_sent", "对方未收到"),
    ("resolve.reason", "依据：对方的参考号、由谁告知"),
    ("reconcile.day", "日期 `YYYY-MM-DD`：对账单所涵盖的最后一日"),
    ("rematch", "先按目前所知重新匹配未匹配的分录"),
    ("publish", "按各账户 ERP 的格式为其生成文件"),
    ("entry", "分录：文件、对账单和序号"),
    ("payments", "付款：批次与序号，或只有一笔付款使用的端到端编号"),
    ("match.reason", "依据；永久记入日志"),
    ("unmatch.reason", "依据；永久记入日志"),
    ("day", "日期，`YYYY-MM-DD`"),
    ("check", "检查此目录中的全部日报"),
    ("report.certificate", "audit 密钥的证书，与安装分开保管 [默认：本安装自己的]"),
    ("resend.id", "发给银行的文件（`O…`）"),
    ("reference", "银行说明什么都没有时的参考号"),
    ("confirm", "提议目前的配置，或确认另一名安全员的提议"),
    ("seen", "所看配置的摘要，或至少其前 12 位：其他配置一概不予确认"),
    ("stand_in", "以上次确认的配置中有判定权的人员身份，代已离任的安全员确认；会以告警通知所有人"),
    ("checkpoint", "另存他处的检查点；其签名在旁，名为 FILE.asc"),
    ("verify.certificate", "签名所用证书，亦另存他处 [默认：本安装的 audit 密钥]"),
    ("spec.template", "模板名称"),
    ("html", "打印 HTML 页面而非 Markdown"),
    ("backup.target", "要新建的目录；不得已存在"),
    ("with_keys", "同时复制私钥"),
    ("backup", "备份"),
    ("restore.target", "要建立的安装；不得已存在"),
    ("unfence.reason", "为何安全；永久记入日志"),
];

/// What the examples say of a command, and the reasons in them.
pub(super) const EXAMPLES: &[Words] = &[
    ("the ERP's people withdrew it", "ERP 方撤回"),
    ("every party", "所有往来方"),
    ("one party; lifts its pause when it can be reached again", "一个往来方；恢复连接后解除其暂停"),
    ("new limits, ticket 12", "新限额，工单 12"),
    ("looked at it anew", "已重新查看"),
    ("olga has left, oleg is to follow", "olga 已离任，由 oleg 接任"),
    ("what is in it, as JSON lines", "查看内容，JSON lines"),
    ("a file that a Chinese Excel saved", "中文 Excel 保存的文件"),
    ("in the layout of a template", "按模板的文件格式"),
    ("in the dialect of a template", "按模板的报文方言"),
    ("from standard input", "取自标准输入"),
    ("a bank of ISO 20022: signed and encrypted XML", "ISO 20022 银行：签名并加密的 XML"),
    ("a bank that reads and answers as the template icbc says", "按模板 icbc 读取和应答的银行"),
    ("asking the ERP's people", "正与 ERP 方核实"),
    ("make a key; the certificate is for the bank", "生成密钥；证书交给银行"),
    ("make the SSH key for the bank's server", "生成登录银行服务器的 SSH 密钥"),
    ("take in the bank's next certificate", "导入银行的下一张证书"),
    ("take over a key that the bank knows already", "接管银行已登记的密钥"),
    ("what ends within 90 days", "90 天内到期的密钥"),
    ("give the bank our next key, in the file that it prescribes", "按银行规定的文件提交我方下一把密钥"),
    ("make the next key", "生成下一把密钥"),
    ("look at the file that brings it to the bank", "查看提交给银行的文件"),
    ("give it to the bank", "提交给银行"),
    ("tell the bank to use it from now on", "通知银行即日启用"),
    ("bank's advice 4711", "银行通知 4711"),
    ("booked in one sum", "合并入账"),
    ("the bank corrected its advice", "银行更正了通知"),
    ("also as files for the ERP", "同时写成给 ERP 的文件"),
    ("wrong value date", "起息日有误"),
    ("what it holds, and its digest", "内容及摘要值"),
    ("only if it still holds what you saw", "仅当内容与所见一致"),
    ("second salary run, intended", "第二次发薪，确认无误"),
    ("bank: never arrived", "银行答复：未收到"),
    ("asked again, same word", "再次询问，答复相同"),
    ("bank's reference 4711, by telephone", "银行参考号 4711，电话确认"),
    ("seen in the bank's portal", "已在网银中看到"),
    ("the second person", "第二人"),
    ("bank: no such file, ticket 4712", "银行答复：无此文件，工单 4712"),
    ("bank: never carried out, ticket 4713", "银行答复：从未执行，工单 4713"),
    ("the bank in ./practice-bank, on port 2222", "模拟银行位于 ./practice-bank，端口 2222"),
    ("the first answer comes two minutes late", "第一份应答迟到两分钟"),
    ("no statement ever comes", "对账单始终不来"),
    ("a payment, by its end-to-end id", "按业务编号查一笔付款"),
    ("the first statement of a bank's file, with its first entries", "银行文件中的第一份对账单及前几条明细"),
    (
        "an entry of it: which payments it is, how sure that is, by whom",
        "其中一条明细：对应哪些付款、是否确定、由谁认定",
    ),
    ("old machine is off; bank confirms files until 0042", "旧机已停用；银行确认收到 0042 及以前的文件"),
    ("checked the same with the bank", "已与银行核对，结果相同"),
];
