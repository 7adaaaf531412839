"""The Transformer behind the shop's endpoint: text and embeddings over OpenAI bodies, from one server.

    registry       which models there are, what each wants, and which the environment asks for
    weights/       packaged weights in the formats that engines and training read; adapters/ are our own
    engines/       what runs them: OpenVINO on a processor, transformers on a GPU, in a process of its own
    contract       the bodies on the wire; schemas, the JSON Schema that a text can be held to
    tokens         messages to tokens and back
    admission      who may join the batch, and who is told at once that it would be too late
    writing        a text model: tokens, admission and engine together
    microbatching  texts of many callers in one call of the embedding engine
    recommender/   what a customer turns to next: training, and where the trained ones are published
    recommending   the one in use, and who waits for it; watching, how the next one takes its place
    storage        a folder or a prefix in S3, to read from
    service        requests to models, answers in the contract's bodies
    server         HTTP around it; responses, what failures become; sagemaker and eventstream, what AWS puts
                   between caller and container
    training/      LoRA fine-tuning (train); deployment/, onto SageMaker (deploy)

Shares no code with the functions; both sides are held by the golden JSON in tests/contract/.
"""
