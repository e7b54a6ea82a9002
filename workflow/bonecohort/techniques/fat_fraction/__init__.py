"""Fat fraction and R2* of vertebral bodies, from water-fat MR images."""
