"""The pages a person sees, on plain HTTP at localhost: sign-in, consent, sign-out, and the admin page.

They flow like the known ones and say on each of them that they are a simulation.
Rules are in ``m365sim.identity``; here are steps, words and templates only.

    account --> password --> consent -------> back to the app
       ^           |            |
       |           v            v
     pick        error     approval needed / request approval --> back to the app
"""
