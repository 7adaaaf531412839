"""What a customer turns to next: recommenders over histories of products, and how good they are.

sequences      the file of histories, and how it is split
measure        ranks, hit rate, NDCG
popularity, transitions, text_likeness, next_product   recommenders, each alone
network, learning   the Transformer behind next_product, and how it is trained
candidates, reranker   all of them together
trained        what is published and served
evaluate       python -m model.recommender.evaluate
"""
