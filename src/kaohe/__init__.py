"""kaohe 考核: measures and appraises e-commerce customer service."""
