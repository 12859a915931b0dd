"""Every text of the command line that is no error, Chinese and English side by side."""

from __future__ import annotations

from kaohe.reports.pairs import Pair

# Help: the parts of a page.
USAGE = Pair("用法", "Usage")
ARGUMENTS = Pair("参数", "Arguments")
OPTIONS = Pair("选项", "Options")
COMMANDS = Pair("命令", "Commands")
EVERYWHERE = Pair("通用选项", "Everywhere")
EXAMPLES = Pair("例子", "Examples")
DEFAULT = Pair("默认 {value}", "default: {value}")
VARIABLE = Pair("环境变量 {name}", "environment: {name}")
REQUIRED = Pair("必填", "required")
HELP = Pair("显示这页说明", "Show this page")
LANG = Pair("界面语言，写在命令前后都可以", "Language of texts, before or after the command")
VERSION = Pair("显示版本", "Show the version")
INSTALL_COMPLETION = Pair("给当前 shell 装上自动补全", "Install completion for this shell")
SHOW_COMPLETION = Pair("显示自动补全脚本", "Show the completion script")

PROGRAM = Pair(
    "考核：从导出的聊天记录到每位客服的指标、得分和排名，每个数都能查到是哪几条消息。",
    "From exported chats to figures, points and a ranking per agent; every figure can be followed down to its messages.",
)

# Help: the commands.
INIT = Pair("新建一个工作区文件夹。import 和 run 也会自己新建。", "Make a workspace folder. import and run make one as well.")
IMPORT = Pair(
    "把平台导出的文件读进工作区。\n\n可读 csv、tsv、xlsx、xls、jsonl、json、txt、parquet、zip 和整个文件夹。同一份文件再读一次不会重复计数；"
    "有问题的行另存成隔离文件，改好后可以再导入。",
    "Read exported files into the workspace.\n\nReads csv, tsv, xlsx, xls, jsonl, json, txt, parquet, zip and whole folders. Reading "
    "a file again changes nothing; rows with mistakes go to a quarantine file, to be mended and imported again.",
)
METRICS = Pair(
    "计算指标：按店铺、客服、小组、岗位、日、小时或平台。\n\n表格里同时列出全店合计：同一买家可由多位客服接待，所以合计不等于各客服之和。",
    "Compute figures by shop, agent, group, role, day, hour or platform.\n\nTables also show the whole shop: a buyer may be served by "
    "several agents, so the shop is not the sum of its agents.",
)
METRICS_LIST = Pair("列出全部指标、含义和出处。", "List all metrics, their meaning and source.")
EXPLAIN = Pair(
    "说明一个指标怎么来的：哪些消息计入，哪些不计入，为什么。",
    "Show where a figure comes from: the messages counted, the messages not counted, and why.",
)
COMPARISON = Pair(
    "把客服在一个指标上并排比：名次、95 % 区间、差距说不出高低的分到一组；旁边是校正值，即人人接到全队那样的时段、店铺和询单比例时会是多少。\n\n"
    "校正值不代替原数，也不计分；怎样算、什么时候不给，见文档 reference/adjusted.md。",
    "Put agents side by side in one metric: places, 95 % intervals, those whose difference tells nothing as one group; and beside it the adjusted figure, what it "
    "would be had everybody had the team's mix of hours, shops and inquiries.\n\n"
    "It never replaces the raw figure and gives no points; see reference/adjusted.md for how it is made and when it is not shown.",
)
STRATA = Pair(
    "校正时分哪几层，用逗号隔开：hour（小时）、shop（店铺）、inquiry（是否询单）",
    "What the adjustment tells apart, separated by commas: hour, shop, inquiry",
)
NOTHING_COMPARED = Pair("这段时间里没有可比较的", "Nothing to compare in these days")
APPRAISE = Pair("按考核方案打分、排名。", "Give points and rank under a scheme.")
GMV = Pair(
    "把成交额拆成访客数 × 访客转化率 × 客单价，与之前同样长的一段相比，各项带来多少变化；再看多少是聊过之后成交的，多少是静默的。",
    "Take sales apart into visitors × visitor conversion × average order value, beside as many days before, and what each of them changed; and "
    "how much was sold after talking with an agent, how much silently.",
)
COMPLIANCE = Pair(
    "逐店逐日检查平台规则：达标、未达标还是不适用，差多少，后果是什么，出处在哪里。\n\n每天按那一天生效的口径版本判；默认只列未达标的日子。",
    "Check the platforms' rules for every shop and day: passed, failed or not applicable, by how much, what follows, and where the rule is from.\n\n"
    "Each day is judged by the version of the pack in force on it; only misses are listed unless asked otherwise.",
)
RULE = Pair("只看这条规则，可重复", "only this rule; may be repeated")
ALL_DAYS = Pair("列出每一天，不只是未达标的", "list every day, not only misses")
ONLY_MISSES = Pair("只要未达标的，csv、json 里也是", "only misses, in csv and json too")
BUYERS = Pair(
    "列出拖累达标的买家（加 --all 时达标的日子也列）；csv、json 里改为输出这些买家",
    "list whom each miss was about, with --all those of days that passed too; csv and json then hold these",
)
FAIL = Pair("有未达标的就以退出码 1 结束，供脚本使用", "end with exit code 1 when a rule was missed, for scripts")
NO_RULES = Pair(
    "没有可检查的规则：这些店铺的口径没有规则，或这段时间没有数据",
    "there is nothing to check: the shops' packs have no rules, or there are no data of these days",
)
SIGNS = Pair(
    "找出可能在刷指标的迹象：空话抢首响、临超时转接、高峰离线、答而无物、夸后才邀评。每一条都附聊天原文，并与同店其他人比较。\n\n"
    "只是供核对的线索，不是结论，从不自动扣分；每种迹象怎样算、有哪些正当原因，见文档 reference/signs.md。",
    "Look for signs of gaming: fillers as first replies, hand-offs just before a threshold, offline at peaks, replies that answer nothing, invitations only "
    "after praise. Each case comes with its messages, and each agent is held against colleagues of the shop.\n\n"
    "Leads to look into, not findings, and never a deduction by themselves; see reference/signs.md for what counts and for good reasons.",
)
SIGN = Pair("只看这种迹象，写编号或中文名，可以写多次", "Only this sign, by id; may be repeated")
SIGNS_SUMMARY = Pair(
    "只要每位客服的次数和占比，不列证据；csv、json 里也是", "Only counts and shares per agent, no evidence; in csv and json too"
)
SIGN_LIMIT = Pair("屏幕上每种迹象最多显示多少例，0 为不限", "Show at most so many cases of each sign on the screen, 0 for all")
MORE_SIGNS = Pair(
    "还有 {cases} 例没有显示。加 --limit 0 显示全部，或加 --output 文件名.xlsx 写成表格",
    "{cases} more cases are not shown. Add --limit 0 to see all, or --output NAME.xlsx for a table",
)
CREDIT = Pair(
    "每个订单归哪位客服，凭什么。\n\n加 --order 看一个订单的全部经过；加 --compare 把各种归属规则并排比：谁多谁少，合计不变。",
    "Whose each order is, and why.\n\nWith --order one order is told in full; with --compare the rules of credit stand side by side: who gains, who loses, and "
    "the total stays.",
)
RECONCILE = Pair(
    "与平台报表核对：同一位客服、同一天、同一个指标，算出来的和平台报的各是多少，差在哪里。\n\n默认按日，只列不相符的；看得出原因的写明原因。",
    "Compare with the platform's reports: for each agent, day and figure what was computed, what the platform says, and why they differ.\n\n"
    "By day unless asked otherwise, only what differs; with the cause where it can be seen.",
)
REPORTED = Pair(
    "列出平台报表里的数（如客服绩效），几天、几个账号的按权重合并。",
    "List the figures of the platform's own reports, combined over days and accounts by their weights.",
)
RUN = Pair(
    "一步完成：导入、计算指标、打分排名，方案发工资的还有工资表。\n\n给一个装着导出文件的文件夹就行；加 --output 结果.xlsx 得到整本报表，"
    "再加 --output 报告.html 得到一页能直接打开的报告。",
    "All in one: import, compute, appraise, and the pay sheet when the scheme pays.\n\nGive it a folder of exports; add --output result.xlsx "
    "for the whole workbook, and --output report.html for a page that opens anywhere.",
)
DEMO = Pair(
    "写出一个月的示例数据：五家店、四个平台、三十位客服，格式与各平台的导出相同。",
    "Write a month of made-up exports: five shops, four platforms, thirty agents, in the platforms' own formats.",
)
HISTORY = Pair(
    "列出每次导入的文件和行数。编号可用于其他命令的 --at。",
    "List all imports, their files and rows. Their numbers go to --at of other commands.",
)
SQL = Pair(
    "用 SQL 查询工作区：标准表和指标都是表，用 --tables 查看。\n\n只能查询，一次一条；写法是 DuckDB 的 SQL（窗口函数、with、pivot 都可以），时间是 UTC，"
    "当地日期看 day 列。写 - 时从标准输入读。",
    "Query the workspace in SQL: the canonical tables and figures are tables, see --tables.\n\nQueries only, one at a time, in DuckDB's SQL "
    "(windows, WITH, PIVOT and the rest); instants are in UTC, the column day is the shop's local day. With - the query is read from stdin.",
)
BENCH = Pair(
    "在本机上测速，与 DuckDB、Polars 窗口、pandas、chdb 并排比较。",
    "Time this machine, side by side with DuckDB, Polars windows, pandas and chdb.",
)

# Help: arguments and options.
FOLDER = Pair("文件夹", "FOLDER")
FILE = Pair("文件", "FILE")
PATHS = Pair("路径", "PATH")
DAY = Pair("日期", "DAY")
NAME = Pair("名称", "NAME")
NUMBER = Pair("编号", "NUMBER")
COUNT = Pair("个数", "COUNT")
LIST = Pair("列表", "LIST")
WORKSPACE = Pair("工作区文件夹", "The workspace folder")
NEW_WORKSPACE = Pair("新工作区的文件夹；不写就用 --workspace", "The new workspace's folder; else --workspace")
EXPORTS = Pair("要读的文件或文件夹，可以写多个", "Files or folders to read")
SHOP_OF_FILES = Pair("文件里没有店铺时，记到这家店", "The shop, where the files name none")
PLATFORM = Pair("店铺所在的平台：generic、pdd、taobao、jd 或 douyin", "The shop's platform: generic, pdd, taobao, jd or douyin")
TIMEZONE = Pair("店铺的时区，如 Asia/Shanghai", "The shop's time zone, such as Asia/Shanghai")
HIDE_BUYERS = Pair(
    "导入时把买家账号换成加密的编号（密钥在工作区的 buyer.key）",
    "Replace buyer ids by a keyed hash when importing (the key is buyer.key in the workspace)",
)
CHAT_DAY = Pair("聊天记录只写了时分秒、报表没写日期时，是哪一天的", "The day of chats whose times say none, and of reports that tell none")
PROFILE = Pair("指定文件格式，不按表头自动识别", "Read the files by this profile instead of choosing by headings")
MAP = Pair(
    "文件没有格式认得时，一列一列地问，写成格式存进工作区；和 --dry-run 一起用，只打印提议的格式",
    "Where no profile knows a file, ask column by column and save a profile in the workspace; with --dry-run only print the proposal",
)
YES = Pair("和 --map 一起用：不问，接受全部提议", "With --map: do not ask, accept all proposals")
DRY_RUN = Pair("只检查，不写入", "Check only, write nothing")
STRICT = Pair("有被拒绝的行时，以退出码 4 结束", "Exit with 4 when rows were refused")
FROM = Pair("起始日期，含当天", "First day, included")
TO = Pair("截止日期，含当天", "Last day, included")
BY = Pair(
    "按什么分组，用逗号隔开：shop、agent、group、role、day、hour、platform",
    "Group by, separated by commas: shop, agent, group, role, day, hour, platform",
)
METRIC = Pair("只算这个指标，可以写多次", "Only this metric; may be repeated")
QUERY = Pair("一条 select 查询；- 表示从标准输入读", "One SELECT; - reads it from stdin")
SQL_TABLES = Pair("列出可以查询的表和它们的列", "List the tables a query can name, with their columns")
THE_METRIC = Pair("指标的编号或中文名，如 reply_rate_30s", "The metric's id, such as reply_rate_30s")
ALL = Pair("表格里列出全部指标，而不只是主要的八项", "Show all metrics in the table, not only the main eight")
AT = Pair("用第几次导入之后的数据，见 history", "Use the data as they were after this import, see history")
FORMAT = Pair(
    "输出格式：table、csv、json、xlsx 或 parquet；不写时看 --output 的扩展名",
    "table, csv, json, xlsx or parquet; else by the ending of --output",
)
OUTPUT = Pair("写入文件，而不是屏幕；xlsx 和 parquet 必须写", "Write to this file instead of the screen; needed for xlsx and parquet")
OUTPUTS = Pair(
    "写入文件，按结尾定格式：.xlsx、.html、.csv、.json、.parquet；可以写几次",
    "Write to this file in the form its ending says: .xlsx, .html, .csv, .json, .parquet; may be repeated",
)
ONE_SHOP = Pair("只看这家店", "Only this shop")
ONE_AGENT = Pair("只看这位客服；“未分配”指没有人负责的消息", "Only this agent; “unassigned” for messages nobody is responsible for")
LIMIT = Pair("最多显示多少个会话，0 为不限", "Show at most so many conversations, 0 for all")
LINES = Pair("列出每项得分的计算过程，而不是排名", "Show the working of every item instead of the ranking")
THIS_AGENT = Pair("只看这位客服", "Only this agent")
PERIOD = Pair("整段时间合起来比，而不是逐日", "Compare the period as a whole instead of day by day")
ALL_COMPARED = Pair("相符的也列出", "List what agrees as well")
REPORTED_BY = Pair(
    "按什么分组，用逗号隔开：shop、agent、group、role、day、platform",
    "Group by, separated by commas: shop, agent, group, role, day, platform",
)
FIGURE = Pair("只列这个数，写编号或中文名，可以写多次", "Only this figure, by id; may be repeated")
ONE_ORDER = Pair("只看这个订单，讲出全部经过", "Only this order, told in full")
OWNER = Pair("只看归这位客服的；“未分配”指静默和归属不明的", "Only this agent's; “unassigned” for silent orders and those of unknown owner")
CREDIT_RULE = Pair(
    "用这个规则代替口径自己的：last_before_pay、last_before_order、most_turns、first 或 even",
    "This rule instead of the packs' own: last_before_pay, last_before_order, most_turns, first or even",
)
COMPARE = Pair("把各种归属规则并排比", "Put the rules of credit side by side")
ORDER_LIMIT = Pair("屏幕上最多显示多少行，0 为不限", "Show at most so many rows on the screen, 0 for all")
SCHEME = Pair("考核方案的名称或文件", "The scheme, by name or file")
DEMO_FOLDER = Pair("示例数据写到这个文件夹", "Write to this folder")
SEED = Pair("随机种子，同一种子写出同样的数据", "Seed; the same seed writes the same data")
FIRST_DAY = Pair("第一天", "The first day")
DAYS = Pair("多少天", "How many days")
SCALE = Pair("数据量的倍数", "How many times as much data")
MESSAGES = Pair("消息条数", "How many messages")
BENCH_OUTPUT = Pair("结果写成这个 Markdown 文件", "Write the result to this Markdown file")

# Notices.
WHOLE_SPAN = Pair("时间：{first} 至 {last}（全部数据）", "Days: {first} to {last} (all data)")
GIVEN_SPAN = Pair("时间：{first} 至 {last}", "Days: {first} to {last}")
NO_DATA = Pair("工作区里还没有消息。先用 kaohe import 导入", "The workspace holds no messages yet. Import some with 'kaohe import'")
NOTHING_FOUND = Pair("这段时间里没有可计算的消息", "No messages to count in these days")
NO_REPORTS = Pair(
    "工作区里还没有平台报表。先用 kaohe import 导入客服绩效等表",
    "The workspace holds no reports of platforms yet. Import some with 'kaohe import'",
)
ALL_REPORTS = Pair("时间：{first} 至 {last}（全部报表）", "Days: {first} to {last} (all reports)")
NO_ORDERS = Pair(
    "工作区里还没有订单。先用 kaohe import 导入",
    "The workspace holds no orders yet. Import some with 'kaohe import'",
)
ALL_ORDERS = Pair("时间：{first} 至 {last}（全部订单）", "Days: {first} to {last} (all orders)")
NO_ORDERS_FOUND = Pair("这段时间里没有成交的订单", "No orders were done in these days")
MORE_ORDERS = Pair(
    "还有 {rows} 行没有显示。加 --limit 0 显示全部，或加 --output 文件名.xlsx 写成表格",
    "{rows} more rows are not shown. Add --limit 0 to see all, or --output NAME.xlsx for a table",
)
COMPARED = Pair(
    "比较了 {both} 个数，{different} 个不相符；另有 {single} 个只有一边有",
    "Compared {both} figures, {different} differ; {single} more are on one side only",
)
WITHOUT_DATA = Pair(
    "没有导入算它们要的数据（如订单），没有比较：{figures}",
    "Not compared, for what they are computed from, such as orders, was not imported: {figures}",
)
SPANS_LEFT_OUT = Pair(
    "有 {count} 行报表跨越几天，没有全部落在所问的日子里，没有计入",
    "{count} report rows span several days and do not lie wholly within those asked for; they are left out",
)
SPANS_NOT_COMPARED = Pair(
    "有 {count} 行报表是几天合计的，不能逐日比较；加 --period 整段比较",
    "{count} report rows are of several days and can not be compared by day; add --period to compare the whole",
)
CREATED = Pair("已新建工作区：{path}", "Made the workspace {path}")
WRITTEN = Pair("已写入 {path}", "Wrote {path}")
HOW_TO_SERVE = Pair("在网页上看：kaohe serve --workspace {path}", "To see it in the browser: kaohe serve --workspace {path}")
IMPORTING = Pair("导入", "Importing")
COMPUTING = Pair("计算", "Computing")
WRITING_DEMO = Pair("生成示例数据", "Writing demo data")
DEMO_DONE = Pair("示例数据在 {path}。下一步：kaohe run {path}", "The demo data are in {path}. Next: kaohe run {path}")
CHECKED_ONLY = Pair("只做了检查，没有写入", "Checked only, nothing was written")
QUARANTINED = Pair(
    "被拒绝的行在 {path} 的 {count} 个文件里，改好后可以再导入", "Refused rows are in {count} files in {path}; mend and import them again"
)
UNMAPPED = Pair(
    "这些账号不属于任何已登记的客服，按账号单独计算：{accounts}",
    "These accounts belong to no known agent and stand for themselves: {accounts}",
)
MORE_PROBLEMS = Pair("……还有 {count} 处同样列在隔离文件里", "... and {count} more, listed in the quarantine files")
IMPORT_NUMBER = Pair("这是第 {number} 次导入", "This is import {number}")
NO_HISTORY = Pair("还没有导入过文件", "No files were imported yet")
MORE_EVENTS = Pair(
    "还有 {events} 条记录没有显示。加 --limit 0 显示全部，或加 --output 文件名.xlsx 写成表格",
    "{events} more rows are not shown. Add --limit 0 to see all, or --output NAME.xlsx for a table",
)
MORE_CONVERSATIONS = Pair(
    "还有 {conversations} 个会话、{messages} 条消息没有显示。加 --limit 0 显示全部，或加 --output 文件名.xlsx 写成表格",
    "{conversations} more conversations with {messages} messages are not shown. Add --limit 0 to see all, or --output NAME.xlsx for a table",
)

SCHEME_GROUP = Pair(
    "考核方案：有哪些、怎么规定的、复制一份来改、检查、试算案例。", "Schemes: list, show, copy one to edit, check, try cases."
)
SCHEME_LIST = Pair("列出自带的和工作区里的考核方案。", "List the schemes, shipped ones and the workspace's own.")
SCHEME_SHOW = Pair("把一个方案的考核项、档位、等级和工资列出来。", "Show the items, bands, grades and pay of one scheme.")
SCHEME_NEW = Pair(
    "从一个方案复制出自己的方案，放进工作区的 schemes 文件夹，连同它的案例。",
    "Copy a scheme and its cases into the workspace's schemes folder, to be edited there.",
)
SCHEME_NAMED = Pair("新方案的名字，也是文件名", "name of the new scheme and its file")
TEMPLATE = Pair("从哪个方案复制，见 kaohe scheme list", "the scheme to copy, see 'kaohe scheme list'")
SCHEME_NEXT = Pair(
    "改好后：kaohe scheme check {name}，再 kaohe appraise --scheme {name}",
    "When edited: kaohe scheme check {name}, then kaohe appraise --scheme {name}",
)
SCHEME_CHECK = Pair("检查方案文件，一次说出所有错误和行号。", "Check scheme files; every mistake is said at once with its line.")
SCHEME_GOOD = Pair(
    "“{name}”没有错误：{items} 个考核项，指纹 {fingerprint}", "{name!r} has no mistakes: {items} items, fingerprint {fingerprint}"
)
SCHEME_CASES = Pair(
    "拿方案旁边的案例试算，看结果是否与写下的一样。", "Try the cases beside a scheme: does what comes out equal what was written down?"
)
CASES_TRIED = Pair("试了 {count} 个案例，{failed} 个不符", "Tried {count} cases, {failed} differ")

SIMULATE = Pair(
    "拿过去的几个月试算几个方案：每人的分、等级、名次和工资，谁多谁少，总成本，工资集中在多少人手里，哪些考核项拉得开、哪些人人一样、哪些量的是同一回事。\n\n"
    "都与第一个方案相比。加 --vary 看一项的权重改了会怎样。换了办法，大家的做法也会变，试算不出来；怎样读见文档 how-to/simulate.md。",
    "Judge past months under several schemes: everybody's points, grade, place and pay, who gains and who loses, the cost, how concentrated pay is, which "
    "items tell people apart, which give everyone the same, and which measure the same thing.\n\n"
    "All against the first scheme. --vary changes the weight of one item. What people would have done under another scheme it can not tell; see "
    "how-to/simulate.md.",
)
SIMULATED_SCHEMES = Pair(
    "考核方案的名称或文件，可以写多次；都与第一个比。不写就是 response-first",
    "A scheme, by name or file; may be repeated, all are held against the first. response-first if none",
)
MONTH = Pair("月份", "MONTHS")
MONTHS = Pair(
    "哪些月份，如 2026-07..2026-10 或 2026-07,2026-09；不写就是全部",
    "Which months, such as 2026-07..2026-10 or 2026-07,2026-09; all if none",
)
VARIATION = Pair("考核项=权重", "ITEM=WEIGHT")
VARY = Pair(
    "再加一个方案：最后一个 --scheme 改一项的权重，其他项按比例让出；试几个写 考核项=20,30，可以写多次",
    "One more scheme: the last --scheme with the weight of one item changed and the others scaled; ITEM=20,30 tries several; may be repeated",
)
PART = Pair(
    "只要这张表：summary、people、items、correlations、months 或 results；csv、json、parquet 不写时是 people",
    "Only this table: summary, people, items, correlations, months or results; people in csv, json and parquet if none",
)
PEOPLE_LIMIT = Pair(
    "屏幕上每个方案最多列出多少个多得最多的、多少个少得最多的，0 为不限",
    "On the screen, how many of those who gain most and of those who lose most under each scheme, 0 for all",
)
MORE_PEOPLE = Pair(
    "还有 {people} 行没有显示。加 --limit 0 显示全部，或加 --output 文件名.xlsx 写成表格",
    "{people} more rows are not shown. Add --limit 0 to see all, or --output NAME.xlsx for a table",
)
ALL_MONTHS = Pair("月份：{first} 至 {last}（全部数据）", "Months: {first} to {last} (all data)")
PARTIAL_MONTH = Pair(
    "{month} 的数据不满一个月：按有的数据算，固定的工资仍按整月发",
    "There are not data of all days of {month}: figures are of those there are, fixed pay is for the whole month",
)

SERVE = Pair(
    "打开网页：在这个工作区上启动网站，浏览器里登录使用。\n\n第一次启动会在终端打印一个只能用一次的链接，用它建立第一位管理员。按 Ctrl+C 停止。",
    "Start the web site on this workspace.\n\nThe first start prints a link to the terminal, good for one use, that makes the first administrator. Ctrl+C stops it.",
)
HOST = Pair("在哪个地址上等候；0.0.0.0 让别的电脑也能打开", "address to listen on; 0.0.0.0 lets other computers in")
PORT = Pair("端口", "port")
WORKERS = Pair("几个进程同时应答", "how many processes answer")
FIRST_VISIT = Pair(
    "第一次使用，请在浏览器里打开这个链接建立管理员（只能用一次）：\n  {link}",
    "First use: open this link to make the administrator (good once):\n  {link}",
)
SERVING = Pair("网站在 {address} ，按 Ctrl+C 停止", "Serving at {address}, Ctrl+C stops it")
AUDIT = Pair("网站的操作记录。", "The web site's log of changes.")
AUDIT_VERIFY = Pair("核对操作记录：每一条都没有被改过、删过。", "See that no entry of the log was altered or taken out.")
AUDIT_WHOLE = Pair("{entries} 条记录完好", "{entries} entries, all whole")
AUDIT_BROKEN = Pair(
    "第 {number} 条不对：{reason}。之前的 {entries} 条完好", "Entry {number} is wrong: {reason}. The {entries} before it are whole"
)
AUDIT_REASONS = {
    "missing": Pair("缺失", "missing"),
    "chain": Pair("与前一条接不上", "not sealed with the one before"),
    "content": Pair("内容被改过", "its content was altered"),
}

RESULTS = Pair("列出保存过的考核结果。", "List the results that were saved.")
DIFF = Pair("比较两个保存的结果：谁变了，变了多少，为什么。", "Compare two saved results: who changed, by how much, and why.")
OLD_RESULT = Pair("之前的结果", "the earlier result")
NEW_RESULT = Pair("之后的结果", "the later result")
CLOSE = Pair(
    "关账：用保存的结果把一个月的工资定下来。\n\n之后的退款、改正和通过的申诉，在下一个没关的月份里列为更正，已关的月份不动。",
    "Close a month: book the pay of saved results.\n\nRefunds, mended data and accepted appeals that come later are corrections in the next open month.",
)
MONTH_TO_CLOSE = Pair("要关的月份", "the month to close")
RESULT = Pair("入账的结果，几个方案就写几次", "the result to book; once for each scheme")
MONTH_CLOSED = Pair(
    "{month} 已关账：{people} 人，应发 {pay} 元。用 kaohe ledger {month} 查看",
    "{month} is closed: {people} people, pay {pay} yuan. See 'kaohe ledger {month}'",
)
MONTH_CORRECTED = Pair(
    "随本月入账的更正：{corrections} 行，共 {corrected} 元", "Corrections of earlier months booked in it: {corrections}, {corrected} yuan"
)
RESULT_OUTDATED = Pair(
    "“{name}”保存以后又导入过数据；因此变了的，会在下一个月列为更正",
    "data were imported since {name} was saved; what they change will be corrected in the next month",
)
RESULT_NOT_NEWEST = Pair(
    "注意：同一方案、同一个月还有更新的结果 {newest}，入账的是 {name}", "note: {newest} is newer than {name}, which was booked"
)
PACKS_TO_CORRECT_BY = Pair(
    "已关的月份按哪时的口径包更正：then 关账时的，today 现在的（口径包写错了、改好以后用；关账时用了，从此就按现在的）",
    "by which rule packs closed months are corrected: then, those they were closed with, or today (after a wrong pack was mended; closing with it "
    "makes today's hold from then on)",
)
PACKS_CHANGED = Pair(
    "关账以后口径包改过（{months}）；更正仍按关账时的口径。要看按现在的口径更正多少：kaohe ledger --packs today",
    "rule packs changed since {months} was closed; corrections are by those of then. To see what today's would correct: kaohe ledger --packs today",
)
NOTHING_CLOSED = Pair("还没有关过账的月份", "No month is closed yet")
NOTHING_TO_CORRECT = Pair("已关的月份（{first} 至 {last}）没有要更正的", "Nothing to correct in the closed months, {first} to {last}")
LEDGER = Pair(
    "看已关月份的工资账；不写月份，看还没入账的更正。", "The pay ledger of a closed month; without a month, the corrections not yet booked."
)
MONTH_OF_LEDGER = Pair("已关的月份", "a closed month")
CLOSE_UNPAID = Pair(
    "有人应发算不出来也关账；他们这个月没有工资行，以后更正", "close though some people's pay can not be said; they get corrections later"
)
SAVE = Pair("把结果存进工作区的 results 文件夹", "keep the result in the workspace's results folder")
SAVED = Pair("结果已保存：{name}", "Saved as {name}")

ONE_MONTH = Pair("一个月，如 2026-11，代替 --from 和 --to", "One month, such as 2026-11, instead of --from and --to")
PAGE_FORMAT = Pair(
    "输出格式：table、csv、json、xlsx、parquet 或 html；不写时看 --output 的扩展名",
    "table, csv, json, xlsx, parquet or html; else by the ending of --output",
)
REPORT = Pair(
    "一个月的考核报告：汇总、排名、PK、工资表、得分分布、每人的考核单、方案和口径说明、数据版本。\n\n"
    "--output 报告.html 写成一个网页文件，手机上能看，能打印；--output 报告.xlsx 写成工作簿。csv、json、parquet 里是 --part 指定的那张表。",
    "The report on a month: summary, ranking, PK, pay sheet, spread of points, a statement for everybody, the scheme and definitions, data versions.\n\n"
    "--output report.html makes one page to be read on a phone and printed, --output report.xlsx a workbook. csv, json and parquet hold the table that "
    "--part names.",
)
REPORT_PART = Pair(
    "csv、json、parquet 和屏幕上要哪张表：ranking（默认）、lines、pay、pay-lines 或 pk",
    "Which table csv, json, parquet and the screen show: ranking (the default), lines, pay, pay-lines or pk",
)
SIGNATURE = Pair("工资表和考核单留出签字的地方", "Leave room to sign on the pay sheet and statements")
STATEMENT = Pair(
    "一位客服的考核单：每一项的数据、落在哪一档、得几分，工资一行一行怎么来，加起来就是总分和应发。\n\n"
    "--output 林晓雨.html 写成一页 A4；--all 把所有人写进一个文件，打印出来一人一页。",
    "One agent's statement: the figure of every item, the band it fell into, its points, and pay line by line; they add up to the total and the pay.\n\n"
    "--output lin.html makes a page of A4; --all puts everybody into one file that prints on a page each.",
)
STATEMENT_AGENT = Pair("客服的编号或姓名", "The agent, by id or name")
ALL_STATEMENTS = Pair("所有人的考核单", "Everybody's statements")
NOBODY_JUDGED = Pair("这个方案在这段时间里没有评任何人", "Under this scheme nobody was judged in these days")
NO_SUCH_TABLE = Pair(
    "方案“{scheme}”不发工资或没有 PK，没有这张表", "The scheme {scheme} pays nothing or has no PK, so there is no such table"
)

BACKUP = Pair(
    "把整个工作区连同网站备份成一个文件。\n\n数据、设置、方案、口径包、结果、账本、用户、考核和操作记录都在里面，都是同一时刻的；导入正在进行就等它完。"
    "写完会读一遍核对。",
    "Back up a whole workspace and its web site to one file.\n\nData, settings, schemes, packs, results, the ledger, users, cycles and the log of changes, "
    "all as of one moment; a running import is waited for. The file is read back and verified.",
)
BACKUP_FILE = Pair("写到哪个文件；不覆盖已有的", "the file to write; never overwritten")
BACKING_UP = Pair("备份", "Backing up")
BACKED_UP = Pair(
    "已备份到 {file}：{files} 个文件，{size} MB，到第 {number} 次导入为止，核对无误",
    "Backed up to {file}: {files} files, {size} MB, up to import {number}; verified",
)
BACKED_UP_NO_SITE = Pair("这个工作区没有网站，只备份了数据", "This workspace has no web site; only its data were backed up")
BACKUP_SECRET = Pair(
    "里面有聊天、工资和通知渠道的密钥，请像密码一样保管；最好放到另一台机器上",
    "It holds chats, pay and the keys of notice channels: guard it like a password, best on another machine",
)
RESTORE = Pair(
    "从备份恢复成一个新的工作区，并核对。\n\n--workspace 要写一个空的或还没有的文件夹。设了 DATABASE_URL 就恢复到那个空的 PostgreSQL 数据库，"
    "从 SQLite 备份的也可以。大家要重新登录。",
    "Make a new workspace from a backup and verify it.\n\n--workspace names an empty or a new folder. With DATABASE_URL the site's state goes to that empty "
    "PostgreSQL database, also from a backup of SQLite. Everybody has to log in again.",
)
RESTORE_FILE = Pair("kaohe backup 写的文件", "a file written by kaohe backup")
RESTORING = Pair("恢复", "Restoring")
RESTORED = Pair(
    "已恢复到 {workspace}：备份于 {made_at}，到第 {number} 次导入为止，{rows} 行数据，结果和账本核对无误",
    "Restored to {workspace}: backed up at {made_at}, up to import {number}, {rows} rows; results and ledger verified",
)
RESTORED_SITE = Pair(
    "网站也恢复了：操作记录 {entries} 条，完好。用 kaohe serve 启动",
    "The web site is restored as well: {entries} entries in the log of changes, all whole. Start it with kaohe serve",
)
