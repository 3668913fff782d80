"""The bench's peer: the same protocol in plain FastAPI, one env per process, the whole history in every answer.

Small and fair: it does what the published Python server does per step (two guest calls, base64, a list of messages that
FastAPI serializes), without that one's sleeps and prints. Run by uvicorn; GUEST_URL names the guest agent.
"""
import base64
import os

import requests
from fastapi import FastAPI
from pydantic import BaseModel

GUEST = os.environ["GUEST_URL"]
MAX_STEPS = 1000
PREFIX = "import pyautogui; import time; pyautogui.FAILSAFE = False; "

app = FastAPI()
history: list[dict] = []
state = {"steps": 0}


class Reset(BaseModel):
    task_config: dict


class Step(BaseModel):
    prediction: str


def text(role: str, value: str) -> dict:
    return {"role": role, "content": [{"type": "text", "text": value}]}


def screenshot() -> dict:
    png = requests.get(GUEST + "/screenshot", timeout=10).content
    part = {"type": "image", "b64": base64.b64encode(png).decode(), "min_pixels": 3136, "max_pixels": 2116800}
    return {"role": "user", "content": [part]}


def result(messages, done: bool):
    return {"env_idx": 0, "obs_messages": messages, "is_done": done, "format_reward": 0.0}


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/env/reset")
def reset(body: Reset):
    state["steps"] = 0
    history[:] = [text("system", "Your are a helpful assistant."), text("user", body.task_config["instruction"]), screenshot()]
    return result(history, False)


@app.post("/env/step")
def step(body: Step):
    code = PREFIX + "pyautogui.click(100.0, 200.0, button='left')"
    requests.post(GUEST + "/execute", json={"command": ["python", "-c", code], "shell": False}, timeout=90)
    state["steps"] += 1
    history.append(text("assistant", body.prediction))
    if state["steps"] >= MAX_STEPS:
        return result(None, True)
    history.append(screenshot())
    return result(history, False)
