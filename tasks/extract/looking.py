"""What `sla doctor` asks of a source that is fetched: is its secret set, does its server answer as the product does. Nothing is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from tasks.extract.fetching import Means
from tasks.extract.products import product_of
from tasks.extract.secret import authorization
from tasks.extract.spans import Span
from tasks.model.fetch import Fetched, Sliced
from tasks.store.http import Patience, Site

ONE_TRY = Patience(tries=1, line_s=10.0, answer_s=20.0)
PAGE = timedelta(days=1)
FEW = 2  # records a page, where that can be said


def look_at_secret(form: Fetched, where: str, means: Means) -> str:
    """Say that the secret of a source is there.

    Raises:
        LedgerError: If it is nowhere, or no header can carry it.
    """
    authorization(form, where, means.secret)
    return f"secret {form.secret} is set" if form.secret else "needs no secret"


def look_at_server(form: Fetched, where: str, means: Means, now: datetime) -> str:
    """Ask a source's server for one small page of the last day and say what came.

    Raises:
        LedgerError: If the secret is not set, the server does not answer, or answers otherwise than the product.
    """
    header = authorization(form, where, means.secret)
    product = product_of(form.model_copy(update={"page_size": FEW}) if isinstance(form, Sliced) else form)
    span = Span(now - PAGE, now, True)
    with Site(form.url, where, header, product.accept, form.per_minute, patience=means.patience) as site:
        request = product.first(span)
        page = product.page(request, site.get(request.path, request.parameters), span)
    return f"the server answers ({len(page.records)} records on the page asked for)"
