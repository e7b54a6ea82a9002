"""The paper's statistics: its groupings, its questions and the values it prints."""
