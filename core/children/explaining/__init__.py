"""Explaining in a child process: the model is asked many questions, nothing is looked up in its insides.

So everything works for any model that answers rows, and in the columns as they are logged, whatever a
pipeline makes of them. A Shapley value here is that of SHAP's interventional form.
"""
