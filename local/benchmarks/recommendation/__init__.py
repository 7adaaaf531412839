"""How good and how fast recommendations are: parts that are measured one at a time and reported together.

parts         which there are, and what each needs
results       the file of results: a part measured later leaves the others as they are
progress      how far a part is, and how long it will take
measures      what is computed from lists: hits, NDCG, bestsellers, copies, coverage, novelty, diversity
bought_together, baskets, order_lines, titles    complements on real baskets
latency, made_up, store_items, store, handler_calls, peers    the whole handler, beside other libraries
cost, recount one count of neighbours and one of transitions, in a child each
quality       the next product, beside published numbers
recommenders  what `cold_start` and `beyond` train: connect another model here
cold_start, beyond   short histories, new products, another shop; coverage, novelty, diversity
item_to_item  EASE and near transitions, to be beaten
sequences     the files of histories, and their texts as vectors
report, report_*, plot   the document and its pictures, from the results alone
"""
