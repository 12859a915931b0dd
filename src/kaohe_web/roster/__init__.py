"""Who answers buyers: agents, their roles and groups over time, their accounts, who joined and who left."""
