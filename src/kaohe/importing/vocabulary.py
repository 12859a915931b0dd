"""The words people use for columns, tables and senders beyond the headings profiles know: what a proposal for an unknown file goes by.

They only propose. What a file means is decided by a person, or by a profile that was written from a real one.
"""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, tuple[str, ...]] = {
    "shop_id": ("店铺", "门店", "网店", "店名", "shop", "store", "mall"),
    "buyer_id": (
        "买家", "客户", "顾客", "访客", "用户", "会员", "消费者", "旺旺", "咨询人", "buyer", "customer", "visitor", "member", "openid", "client"
    ),
    "agent_id": (
        "客服", "坐席", "座席", "接待人", "接待人员", "员工", "子账号", "处理人", "跟进人", "售后专员", "agent", "staff", "operator",
        "seat", "waiter", "employee",
    ),
    "account": ("账号", "子账号", "登录名", "account", "login"),
    "order_id": ("订单", "订单号", "主订单", "交易", "order", "orderno", "ordersn", "tid"),
    "line_id": ("子订单", "明细", "商品编码", "sku", "skuid", "itemid"),
    "sent_at": ("时间", "发送时间", "发言时间", "消息时间", "聊天时间", "timestamp", "time", "senttime", "createtime", "msgtime", "datetime"),
    "sender": ("发送方", "发言方", "角色", "身份", "消息来源", "发送者类型", "发送人类型", "方向", "说话方", "role", "from", "direction", "speaker"),
    "text": ("内容", "消息", "文本", "发言", "对话", "评论", "content", "text", "message", "body", "msg", "comment"),
    "message_id": ("消息", "消息流水", "流水", "序列", "msg", "message", "msgid"),
    "session_id": ("会话", "对话", "session", "conversation"),
    "kind": ("消息类型", "类型", "msgtype", "投诉原因", "原因"),
    "created_at": ("下单时间", "下单", "创建时间", "订单创建时间", "拍下时间", "成交时间", "createdat", "createtime", "ordertime"),
    "paid_at": ("支付时间", "付款时间", "付款", "支付", "paidat", "paytime", "paymenttime"),
    "grouped_at": ("成团时间", "拼成时间", "成团"),
    "amount": (
        "金额", "应收", "应收金额", "应付金额", "实付", "实付金额", "实收", "总价", "总额", "成交金额", "付款金额", "支付金额", "订单金额", "amount", "total", "paid", "payment",
        "price",
    ),
    "refunded_amount": ("退款金额", "已退金额", "退款", "refund", "refunded"),
    "unit_price": ("单价", "售价", "price", "unitprice"),
    "quantity": ("数量", "件数", "商品数量", "购买数量", "quantity", "qty", "num", "count"),
    "status": ("状态", "订单状态", "退款状态", "售后状态", "status", "state"),
    "refund_id": ("退款", "售后", "退款单", "售后单", "refund", "aftersale"),
    "applied_at": ("申请时间", "退款申请时间", "售后申请时间", "applytime", "appliedat"),
    "completed_at": ("完结时间", "完成时间", "退款时间", "退款完结时间", "结束时间", "completedat", "finishtime"),
    "type": ("售后类型", "退款类型", "类型", "type"),
    "platform_intervened": ("平台介入", "是否介入", "客服介入", "介入"),
    "merchant_liable": ("商家责任", "责任方", "判责"),
    "complaint_id": ("投诉", "工单", "complaint", "ticket"),
    "filed_at": ("投诉时间", "提交时间", "反馈时间", "filedat"),
    "upheld": ("是否成立", "成立", "判定", "投诉结果", "upheld"),
    "review_id": ("评价", "评论", "review"),
    "reviewed_at": ("评价时间", "评论时间", "初评时间", "reviewtime"),
    "stars": ("星级", "评分", "分数", "打分", "评价等级", "满意度", "得分", "stars", "rating", "score"),
    "rating_id": ("评价", "满意度", "rating"),
    "invited_at": ("邀请时间", "邀评时间", "invitedat"),
    "rated_at": ("评价时间", "评分时间", "打分时间", "ratedat"),
    "followed_up_at": ("跟进时间", "回复时间", "回访时间"),
    "online_at": ("上线时间", "登录时间", "签入时间", "上班时间", "onlineat", "logintime"),
    "offline_at": ("下线时间", "退出时间", "登出时间", "签出时间", "下班时间", "offlineat", "logouttime"),
    "name": ("姓名", "名字", "昵称", "店铺名", "name"),
    "group": ("小组", "组别", "班组", "团队", "分组", "部门", "group", "team"),
    "role": ("岗位", "职位", "角色", "role", "position"),
    "joined_on": ("入职", "入职日期", "入职时间"),
    "left_on": ("离职", "离职日期", "离职时间"),
    "day": ("日期", "天", "统计日期", "date", "day"),
    "first_day": ("日期", "统计日期", "统计时间", "开始日期", "date", "day"),
    "last_day": ("结束日期", "截止日期"),
    "month": ("月份", "月", "month"),
    "visitors": ("访客数", "访客", "uv", "visitors"),
    "ad_spend": ("广告花费", "推广花费", "花费", "消耗", "spend", "cost"),
    "ad_sales": ("广告成交", "推广成交", "推广成交金额"),
    "scored_on": ("日期", "质检日期", "考试日期", "评分日期"),
    "score": ("得分", "分数", "成绩", "评分", "score"),
    "metric": ("指标", "项目", "考核项", "metric"),
    "target": ("目标", "目标值", "指标值", "target", "goal"),
    "by": ("评分人", "质检员", "标记人", "by"),
    "note": ("备注", "说明", "note", "remark"),
    "reason": ("原因", "事由", "reason"),
    "method": ("支付方式", "付款方式", "method"),
    "payment_id": ("支付单", "支付流水", "付款", "payment"),
}  # fmt: skip
"""What people call a column, beyond the headings profiles know. Compared with a heading without its 编号, 名称 and the like."""

MEANINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # In this order: 机器人辅助 is assisted, and 智能客服 a bot though 客服 is in it.
    "sender": {
        "assisted": ("辅助", "协作", "半自动", "assist"),
        "bot": ("机器", "智能", "自动", "bot", "小蜜", "auto", "ai"),
        "system": ("系统", "提示", "通知", "公告", "system", "notice"),
        "buyer": (
            "买",
            "客户",
            "顾客",
            "访客",
            "用户",
            "会员",
            "消费者",
            "buyer",
            "customer",
            "visitor",
            "user",
            "guest",
            "client",
            "接收",
            "in",
        ),
        "agent": (
            "客服",
            "坐席",
            "座席",
            "人工",
            "商家",
            "卖家",
            "店",
            "员工",
            "agent",
            "staff",
            "seller",
            "operator",
            "human",
            "发出",
            "out",
        ),
    },
    "kind": {
        "image": ("图", "image", "pic", "photo"),
        "video": ("视频", "video"),
        "emotion": ("表情", "emoji", "sticker"),
        "goods": ("商品", "宝贝", "goods", "item", "product"),
        "order": ("订单", "order"),
        "text": ("文", "text", "txt"),
        "other": ("",),
    },
    "type": {
        "exchange": ("换", "exchange"),
        "refund_only": ("仅退", "只退", "未发货", "refund_only"),
        "return_refund": ("退货", "return"),
        "other": ("",),
    },
    "status": {
        "closed": ("关闭", "撤销", "取消", "拒绝", "失败", "closed", "cancel", "reject"),
        "success": ("成功", "完成", "完结", "已退", "同意退款", "success", "done", "complete", "refunded"),
        "pending": ("中", "待", "等", "申请", "pending", "process", "wait"),
    },
    "role": {
        "lead": ("主管", "组长", "经理", "lead", "manager"),
        "qa": ("质检", "qa"),
        "mixed": ("综合", "全能", "售前售后", "mixed"),
        "aftersale": ("售后", "after"),
        "presale": ("售前", "销售", "pre"),
    },
    "stars": {
        "1": ("非常不满意", "很不满意", "极差", "差评", "负面"),
        "2": ("不满意", "较差"),
        "3": ("一般", "中评", "中性", "普通"),
        "5": ("非常满意", "很满意", "好评", "正面"),
        "4": ("满意", "较好"),
    },
}
"""Parts of words from which a meaning is guessed; the first that fits wins. An empty part fits every word."""

FILES: Mapping[str, tuple[str, ...]] = {
    "messages": ("聊天", "会话", "消息", "对话", "chat", "message"),
    "orders": ("订单", "交易", "order"),
    "refunds": ("退款", "售后", "退货", "refund"),
    "complaints": ("投诉", "complaint"),
    "reviews": ("评价", "评论", "review"),
    "ratings": ("满意度", "评分", "邀评", "rating"),
    "presence": ("在线", "登录", "考勤", "presence"),
    "scores": ("质检", "考试", "测试", "score"),
    "targets": ("目标", "target"),
    "traffic": ("流量", "访客", "推广", "traffic"),
    "agents": ("花名册", "人员", "名单", "agents"),
    "accounts": ("账号", "account"),
    "leaves": ("请假", "休假", "leave"),
    "positions": ("岗位变动", "调岗", "position"),
    "attendance": ("出勤", "attendance"),
    "adjustments": ("更正", "申诉结果", "adjustment"),
    "reported": ("绩效", "业绩", "服务数据", "接待数据", "报表", "考核", "report"),
}
"""What a file or sheet is called when it holds rows of a table."""

COMMON = ("shop_id", "buyer_id", "agent_id", "order_id", "status", "name", "note", "reason", "by", "text", "kind", "type")
"""Columns that many kinds of tables have: they say less about which one this is."""
