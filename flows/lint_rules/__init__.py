"""What a flow file must guarantee: one module per noun, each a function from a flow to findings."""
