# Runs one job of the workflow: sh job.sh NAME TASK RESULTS; the rules call it bonecohort-job.
# The run's server does it, where there is one (bonecohort/service); else a Python of its own.
if [ -S "${BONECOHORT_SERVER:-}" ]; then
  exec python -I -S "${0%/*}/bonecohort/service/client.py" "$@"
fi
exec python -m bonecohort job "$@"
