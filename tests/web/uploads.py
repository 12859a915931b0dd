"""Files as people upload them, and the worker that looks at them, run in this process."""

from __future__ import annotations

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from django_tasks_db.models import DBTaskResult

from kaohe_web.imports.jobs import work
from kaohe_web.imports.models import Batch

MORE = """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,b7,2026-11-04 09:00:00,buyer,,n1,在吗
s1,b7,2026-11-04 09:00:15,agent,lin,n2,在的
s1,b8,2026-11-04 10:00:00,buyer,,n3,多久到
"""
WRONG = MORE + "s1,b9,yesterday,buyer,,n4,=1+1\n"
OTHERS = MORE.replace("s1,", "other,")
NO_SHOP = """buyer_id,sent_at,sender,agent_id,message_id,text
b7,2026-11-05 09:00:00,buyer,,p1,在吗
b7,2026-11-05 09:00:15,agent,lin,p2,在的
"""
AGENTS = "agent_id,name,group,role\nlin,林,二组,presale\n"
UNKNOWN = """门店,会员名,留言时刻,身份,接待人,流水号,留言内容
s1,b7,2026-11-06 09:00:00,顾客甲方,,q1,在吗请问这个什么时候发货
s1,b7,2026-11-06 09:00:15,接线员,lin,q2,在的亲亲今天下午就给您发出
s1,b8,2026-11-06 09:01:00,顾客甲方,,q3,多久能到我家这边呢谢谢您
"""


def sent(name, content):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def upload(client, **files):
    """Upload by the page, names without their `.csv`; the answer, and the upload it made."""
    before = set(Batch.objects.values_list("pk", flat=True))
    content = [sent(name if "." in name else f"{name}.csv", text) for name, text in files.items()]
    answer = client.post("/imports/upload/", {"files": content})
    return answer, Batch.objects.exclude(pk__in=before).first()


def worked(batch):
    """Do what the upload waits for, as the worker does; the upload after it."""
    work.call(batch.pk)
    batch.refresh_from_db()
    return Batch.objects.get(pk=batch.pk)


def looked(client, **files):
    return worked(upload(client, **files)[1])


def brought_in(client, **files):
    """Upload, look, start, import."""
    batch = looked(client, **files)
    client.post(f"/imports/{batch.pk}/start/")
    return worked(batch)


def queued():
    return DBTaskResult.objects.count()
