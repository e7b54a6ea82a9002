"""The report as one self-contained web page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bonecohort.report.page.illustration import Illustration
from bonecohort.report.page.section import Paragraph, Part
from bonecohort.report.page.standard_sections import plain
from bonecohort.report.tables.table_model import TableModel

if TYPE_CHECKING:
    from bonecohort.report.page.assemble import Report
    from bonecohort.report.page.section import Block


def environment() -> Environment:
    """Return the templates' environment; every value is escaped unless it is markup."""
    made = Environment(
        loader=PackageLoader("bonecohort.report.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,  # a value the page forgets is a bug
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["drawing"] = Markup
    made.filters["plain"] = plain
    made.globals["kind"] = kind_of

    def rendered(part: Part) -> Markup:
        return Markup(made.get_template(part.template).render(part.values))  # noqa: S704 - escaped by the template

    made.globals["rendered"] = rendered
    return made


def kind_of(block: Block) -> str:
    """Return what a block is, by which the page's template prints it."""
    kinds = {Paragraph: "paragraph", TableModel: "table", Illustration: "figure", Part: "part"}
    return kinds[type(block)]


def render_html(report: Report) -> str:
    """Return the whole page as text."""
    return environment().get_template("report.html.j2").render(report=report)
