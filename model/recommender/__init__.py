"""What a customer turns to next: recommenders over histories of products, and how good they are.

sequences      the file of histories, and how it is split
measure        ranks, hit rate, NDCG
popularity, transitions, text_likeness, next_product   recommenders, each alone
blend          all of them together
evaluate       python -m model.recommender.evaluate
"""
