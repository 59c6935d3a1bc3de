"""Long ways through the program: many people, many steps, any order, and faults between them."""
