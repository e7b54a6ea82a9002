"""The tables as a LaTeX document that compiles as it is, to paste from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bonecohort.report.tables.table_model import Alignment, Cell, Row, TableModel

PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{textcomp}
\usepackage[margin=20mm]{geometry}
\usepackage{array}
\usepackage{booktabs}
\usepackage{longtable}
\usepackage{pdflscape}
\setlength{\tabcolsep}{3pt}
\setlength{\LTleft}{0pt}
\begin{document}
"""
END = "\\end{document}\n"
SENTENCES_SHARE, SENTENCE_SHARE, LABEL_SHARE = 0.8, 0.2, 0.17  # of the page's width
LONG_LABEL = 30  # characters
MOST_ROWS_WHOLE = 30  # a longer table runs on over pages
COLUMN = {"left": "l", "center": "c", "right": "r"}
SYMBOLS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}",
    "−": r"$-$", "–": "--", "±": r"$\pm$", "≤": r"$\leq$", "≥": r"$\geq$", "×": r"$\times$",
    "∞": r"$\infty$", "²": r"\textsuperscript{2}", "³": r"\textsuperscript{3}", "χ": r"$\chi$",
    "κ": r"$\kappa$", "η": r"$\eta$", "ε": r"$\varepsilon$",
    "λ": r"$\lambda$", "α": r"$\alpha$", "β": r"$\beta$", "µ": r"\textmu{}",
    "°": r"\textdegree{}", "’": "'", "‘": "`", "“": "``", "”": "''", "…": r"\ldots{}",
    "\N{NO-BREAK SPACE}": "~", "\n": " ",
}  # fmt: skip
"""Characters that LaTeX reads as commands, or that its standard fonts lack."""


def latex_document(tables: list[TableModel]) -> str:
    """Return a document of the tables, each wide one on a page turned sideways."""
    return PREAMBLE + "\n".join(map(_table, tables)) + END


def escaped(text: str) -> str:
    """Return the text as LaTeX prints it."""
    return "".join(SYMBOLS.get(character, character) for character in text)


def _table(model: TableModel) -> str:
    title = f"\\noindent\\textbf{{{escaped(model.name)}.}} {escaped(model.title)}\n\n"
    if model.is_absent:
        return f"{title}\\noindent Not shown: {escaped(model.absent_because)}\\par\\bigskip\n"
    head = "\n".join(_head_row(row, model.alignment) for row in model.header)
    body = "\n".join(f"{_row(row, model.alignment)} \\\\" for row in model.rows)
    columns = _columns(model)
    size = "\\scriptsize" if model.wide else "\\small"
    notes = "".join(_note(note.mark, note.text) for note in model.footnotes)
    kind = "tabular" if len(model.rows) <= MOST_ROWS_WHOLE else "longtable"
    repeated = "" if kind == "tabular" else "\\endhead\n"
    text = (
        f"{title}{{{size}\\noindent\n\\begin{{{kind}}}{{@{{}}{columns}@{{}}}}\n\\toprule\n{head}\n"
        f"\\midrule\n{repeated}{body}\n\\bottomrule\n\\end{{{kind}}}\\par}}\n"
        f"\\medskip\n{notes}\\bigskip\n"
    )
    return f"\\begin{{landscape}}\n{text}\\end{{landscape}}\n" if model.wide else text


def _columns(model: TableModel) -> str:
    """Return the column types; those of sentences and of long row labels wrap."""
    types = [COLUMN[side] for side in model.alignment]
    share = min(SENTENCE_SHARE, SENTENCES_SHARE / max(sum(model.wrapped), 1))
    for column, wraps in enumerate(model.wrapped):
        if wraps:
            types[column] = _paragraph(share)
    if model.wide and max(len(row[0].text) for row in model.rows) > LONG_LABEL:
        types[0] = _paragraph(LABEL_SHARE)
    return "".join(types)


def _paragraph(share: float) -> str:
    return f">{{\\raggedright\\arraybackslash}}p{{{share:.2f}\\linewidth}}"


def _head_row(row: Row, alignment: tuple[Alignment, ...]) -> str:
    """Return a row of the head, with a rule under each cell that spans columns."""
    rules, column = "", 1
    for cell in row:
        if cell.span > 1:
            rules += f"\\cmidrule(lr){{{column}-{column + cell.span - 1}}}"
        column += cell.span
    return f"{_row(row, alignment, is_head=True)} \\\\{rules}"


def _row(row: Row, alignment: tuple[Alignment, ...], *, is_head: bool = False) -> str:
    texts, column = [], 0
    for cell in row:
        text = _stacked(cell, alignment[column]) if is_head else _text(cell)
        if cell.span > 1:
            text = f"\\multicolumn{{{cell.span}}}{{c}}{{{text}}}"
        texts.append(text)
        column += cell.span
    return " & ".join(texts)


def _text(cell: Cell) -> str:
    marks = f"\\textsuperscript{{{escaped(cell.marks)}}}" if cell.marks else ""
    indent = "\\quad " if cell.indent else ""
    return f"{indent}{escaped(cell.text)}{marks}"


def _stacked(cell: Cell, side: Alignment) -> str:
    """Return a head cell; one of several lines is a small table of its own."""
    if cell.text == "p":
        return "\\textit{p}"
    lines = cell.text.split("\n")
    if len(lines) == 1:
        return _text(cell)
    inner = r" \\ ".join(escaped(line) for line in lines)
    return f"\\begin{{tabular}}[b]{{@{{}}{COLUMN[side]}@{{}}}}{inner}\\end{{tabular}}"


def _note(mark: str, text: str) -> str:
    raised = f"\\textsuperscript{{{escaped(mark)}}} " if mark else ""
    return f"{{\\footnotesize\\noindent {raised}{escaped(text)}\\par}}\n"
