"""Tools: functions of ours that models may call, declared and run."""
