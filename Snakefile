include: "workflow/Snakefile"


# An included file's default target does not count, so it is named here again.
rule everything:
    default_target: True
    input:
        rules.all.input,
