"""Headings of the canonical tables, for tests that write files of them."""

HEADINGS = "shop_id,buyer_id,sent_at,sender,agent_id,message_id,text"
