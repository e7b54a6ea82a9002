"""What the help says beside the options: where to start, and examples."""

DESCRIPTION = "Measure vertebral HU and endplate defects and build the cohort report."
START = """\
start here:
  bonecohort demo my_demo       write a synthetic study; 'cd my_demo', then 'bonecohort run'
  bonecohort new my_study       write an empty study to fill in, for readings you already have
  bonecohort init EXPORT study  propose a study from a folder of DICOM files

'bonecohort COMMAND --help' shows the options of a command, with examples.
"""
EXAMPLES = {
    "new": """\
  bonecohort new my_study
  cd my_study
  (fill in the tables; README.md says what goes where)
  bonecohort check
  bonecohort run""",
    "demo": """\
  bonecohort demo                           in an empty folder
  bonecohort demo my_demo --participants 6  a small one""",
    "init": """\
  bonecohort init /data/export my_study
  bonecohort init /data/export              into the current folder
  bonecohort init /data/export my_study --kind t1_sagittal --kind adc_map""",
    "fetch": """\
  bonecohort fetch pacs.yaml /private/wanted.csv /private/images
  bonecohort init /private/images my_study""",
    "check": """\
  bonecohort check            the study in the current folder
  bonecohort check my_study""",
    "plan": """\
  bonecohort plan
  bonecohort plan my_study --sdm conda""",
    "run": """\
  bonecohort run                                    all cores
  bonecohort run my_study --cores 4
  bonecohort run my_study --workflow-profile slurm  on a cluster""",
    "status": """\
  bonecohort status
  bonecohort status my_study --json""",
    "clean": """\
  bonecohort clean        list the files
  bonecohort clean --yes  remove them""",
    "where": """\
  ls "$(bonecohort where)/profiles\"""",
    "settings": """\
  bonecohort settings | less
  bonecohort settings --schema > config.schema.json""",
    "completion": """\
  bonecohort completion bash > ~/.bonecohort.bash
  (add 'source ~/.bonecohort.bash' to ~/.bashrc)
  bonecohort completion zsh > ~/.zfunc/_bonecohort
  (a folder that $fpath names)
  bonecohort completion fish > ~/.config/fish/completions/bonecohort.fish""",
}
