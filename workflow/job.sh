# Runs one job of the workflow: sh job.sh NAME TASK RESULTS; the rules call it bonecohort-job.
# The client has the run's server do it, where there is one (bonecohort/service), else a Python.
export PYTHONSAFEPATH=1 # the study folder holds data: no module is imported from there
exec python -I -S "${0%/*}/bonecohort/service/client.py" "$@"
